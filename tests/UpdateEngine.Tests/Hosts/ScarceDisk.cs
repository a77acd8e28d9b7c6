using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Hosts;

/// <summary>Puts the disk of a sandbox onto a real medium that is bad, for as long as it lives. Needs root.</summary>
internal sealed class ScarceDisk : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _disk;
    private readonly string _kept;
    private string? _loop;
    private bool _isMounted;

    private ScarceDisk(string disk)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "needs the right to attach and mount");
        (_disk, _kept) = (disk, disk + ".kept");
    }

    /// <summary>A block device that takes no writes.</summary>
    public static ScarceDisk ReadOnlyDevice(string disk)
    {
        var bad = new ScarceDisk(disk);
        File.Move(disk, bad._kept);
        bad.Attach(bad._kept, "--read-only");
        return bad;
    }

    /// <summary>A sparse file on a file system with little room.</summary>
    public static ScarceDisk FileWithoutRoom(string disk, int room)
    {
        var bad = new ScarceDisk(disk);
        bad.MoveToSmallFileSystem(room);
        File.CreateSymbolicLink(disk, bad._directory["disk.img"]);
        return bad;
    }

    /// <summary>A block device that has not all of what it promises: a write fails where its file finds no room.</summary>
    public static ScarceDisk DeviceWithoutRoom(string disk, int room)
    {
        var bad = new ScarceDisk(disk);
        bad.MoveToSmallFileSystem(room);
        bad.Attach(bad._directory["disk.img"]);
        return bad;
    }

    /// <summary>What it holds is the sandbox's disk again.</summary>
    public void Dispose()
    {
        File.Delete(_disk);
        if (_loop is not null)
        {
            Run("losetup", "--detach", _loop);
        }

        if (_isMounted)
        {
            Run("cp", "--sparse=always", _directory["disk.img"], _kept);
            Run("umount", _directory.Path);
        }

        File.Move(_kept, _disk);
        _directory.Dispose();
    }

    private void MoveToSmallFileSystem(int room)
    {
        Run("mount", "-t", "tmpfs", "-o", $"size={room}", "small", _directory.Path);
        _isMounted = true;
        Run("cp", "--sparse=always", _disk, _directory["disk.img"]);
        File.Delete(_disk);
    }

    private void Attach(string file, params string[] options)
    {
        _loop = Run("losetup", ["--find", "--show", .. options, file]);
        File.CreateSymbolicLink(_disk, _loop);
    }

    private static string Run(string program, params string[] arguments)
    {
        var (exit, output) = Tool.Run(program, arguments);
        Assert.True(exit == 0, $"{program}: {output}");
        return output.Trim();
    }
}
