using System.Text;

namespace UpdateEngine.Tests.Hosts;

/// <summary>A directory that goes away with the test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private const string Memory = "/dev/shm";

    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("engine-tests-").FullName;

    private TemporaryDirectory(string parent) =>
        Path = Directory.CreateDirectory($"{parent}/engine-tests-{System.IO.Path.GetRandomFileName()}").FullName;

    /// <summary>Where a flush costs nothing, if the machine has such a place: for thousands of hosts.</summary>
    public static TemporaryDirectory InMemory() => Directory.Exists(Memory) ? new(Memory) : new();

    public string Path { get; }

    public string this[string name] => System.IO.Path.Join(Path, name);

    public string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));

    public string Write(string name, byte[] bytes)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(this[name])!);
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public string WriteProgram(string name, string script)
    {
        var path = Write(name, script);
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("755", 8));
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
