using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>An image that is never copied, and the few sectors that differ from it. A sector that is null can't be read.</summary>
internal sealed class OverlayDisk(byte[] image, int sectorSize, IReadOnlyDictionary<int, byte[]?> differing)
    : IBlockDevice
{
    private readonly Dictionary<int, byte[]?> _sectors = new(differing);

    public string Path => "/dev/cut";
    public long Length => image.Length;
    public int SectorSize => sectorSize;

    public List<DiskOperation> Operations { get; } = [];

    public void Read(long offset, Span<byte> buffer)
    {
        image.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
        foreach (var (sector, content) in _sectors)
        {
            var start = Math.Max((long)sector * sectorSize, offset);
            var end = Math.Min((sector + 1L) * sectorSize, offset + buffer.Length);
            if (start >= end)
            {
                continue;
            }

            if (content is null)
            {
                throw new UpdateException(
                    ErrorCodes.DiskUnreadable,
                    $"{Path} could not be read at byte {start}: input/output error"
                );
            }

            var from = (int)(start - (long)sector * sectorSize);
            content.AsSpan(from, (int)(end - start)).CopyTo(buffer[(int)(start - offset)..]);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        Operations.Add(new DiskWrite(offset, buffer.ToArray()));
        Apply(_sectors, image, sectorSize, (DiskWrite)Operations[^1]);
    }

    public void Flush() => Operations.Add(new DiskFlush());

    public void DropCache(long offset, long length) { }

    public void Dispose() { }

    /// <summary>Puts a write on top of these sectors of an image.</summary>
    public static void Apply(Dictionary<int, byte[]?> sectors, byte[] image, int sectorSize, DiskWrite write)
    {
        var end = write.Offset + write.Data.Length;
        for (var sector = (int)(write.Offset / sectorSize); (long)sector * sectorSize < end; sector++)
        {
            var content = Sector(sectors, image, sectorSize, sector).ToArray();
            var start = Math.Max((long)sector * sectorSize, write.Offset);
            var length = (int)(Math.Min((sector + 1L) * sectorSize, end) - start);
            var into = (int)(start - (long)sector * sectorSize);
            write.Data.AsSpan((int)(start - write.Offset), length).CopyTo(content.AsSpan(into));
            sectors[sector] = content;
        }
    }

    /// <summary>An unreadable sector counts as zeros: whoever overwrites a part of it has lost the rest.</summary>
    public static ReadOnlySpan<byte> Sector(
        IReadOnlyDictionary<int, byte[]?> sectors,
        byte[] image,
        int sectorSize,
        int sector
    ) =>
        sectors.TryGetValue(sector, out var content)
            ? content ?? new byte[sectorSize]
            : image.AsSpan(sector * sectorSize, sectorSize);
}
