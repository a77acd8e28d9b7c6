using System.Diagnostics;

namespace UpdateEngine.Tests.Simulators;

/// <summary>Runs a program of the system. A test that needs one fails when it is missing: a check that was not made is no check.</summary>
internal static class Tool
{
    private static readonly string[] s_folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    public static (int ExitCode, string Output) Run(string name, params string[] arguments)
    {
        var path = s_folders.Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);
        Assert.True(path is not null, $"This test needs `{name}` (Debian packages: gdisk, cgpt).");
        using var process = Process.Start(
            new ProcessStartInfo(path, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }
}

/// <summary>A file that is gone when the test is over.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public string Path { get; } = System.IO.Path.GetTempFileName();

    public TemporaryFile(long length)
    {
        using var file = File.OpenWrite(Path);
        file.SetLength(length);
    }

    public void Dispose() => File.Delete(Path);
}
