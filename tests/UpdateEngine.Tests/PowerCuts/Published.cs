using UpdateEngine.Disks;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>The images of every release, to know them again on a slot. All their bytes differ from one release to the next.</summary>
internal sealed class Published(DiskShape shape)
{
    private readonly List<(string Version, byte[] Boot, byte[] Root)> _releases = [];

    public (byte[] Boot, byte[] Root) Make(string version)
    {
        // Not whole sectors: what lies behind an image is nobody's.
        var random = new Random(version.Sum(c => c * 31) + version[2]);
        var images = (Boot: new byte[shape.Boot - 100], Root: new byte[shape.Root - 17]);
        random.NextBytes(images.Boot);
        random.NextBytes(images.Root);
        _releases.Add((version, images.Boot, images.Root));
        return images;
    }

    /// <summary>The release that a slot holds, byte for byte; null when it is none.</summary>
    public string? In(IBlockDevice disk, Slot slot)
    {
        var (boot, root) = (new byte[shape.Boot], new byte[shape.Root]);
        disk.Read(slot.Boot.Offset, boot);
        disk.Read(slot.Root.Offset, root);
        return _releases
            .FirstOrDefault(r => boot.AsSpan().StartsWith(r.Boot) && root.AsSpan().StartsWith(r.Root))
            .Version;
    }
}
