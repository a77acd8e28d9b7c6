using System.Diagnostics;

namespace UpdateEngine.Tests.Hosts;

/// <summary>
/// Makes a directory take no more bytes, and gives it back as it was. Root may write anywhere, so for root a tiny file system that is full is
/// mounted over it; others lose the permission.
/// </summary>
internal sealed class FullDirectory : IDisposable
{
    private const UnixFileMode ReadOnly = UnixFileMode.UserRead | UnixFileMode.UserExecute;
    private const UnixFileMode Writable = ReadOnly | UnixFileMode.UserWrite;

    private readonly string _path;

    private FullDirectory(string path) => _path = path;

    public static FullDirectory At(string path)
    {
        if (!Environment.IsPrivilegedProcess)
        {
            File.SetUnixFileMode(path, ReadOnly);
            return new FullDirectory(path);
        }

        using var copy = new TemporaryDirectory();
        Run("cp", "-a", path + "/.", copy.Path);
        Assert.SkipUnless(
            Run("mount", "-t", "tmpfs", "-o", "size=256k", "full", path),
            "needs the right to mount a file system"
        );
        Run("cp", "-a", copy.Path + "/.", path);
        Fill(path);
        return new FullDirectory(path);
    }

    public void Dispose()
    {
        if (Environment.IsPrivilegedProcess)
        {
            Run("umount", _path);
        }
        else
        {
            File.SetUnixFileMode(_path, Writable);
        }
    }

    private static void Fill(string path)
    {
        using var file = File.Create(Path.Join(path, "filler"), bufferSize: 1);
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    private static bool Run(string program, params string[] arguments)
    {
        using var process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
