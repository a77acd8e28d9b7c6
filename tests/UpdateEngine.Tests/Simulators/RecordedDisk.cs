using UpdateEngine.Disks;

namespace UpdateEngine.Tests.Simulators;

/// <summary>What a program did to a disk.</summary>
internal abstract record DiskOperation;

internal sealed record DiskWrite(long Offset, byte[] Data) : DiskOperation;

internal sealed record DiskFlush : DiskOperation;

/// <summary>A disk in memory that remembers every write and flush, and can be told to fail.</summary>
internal sealed class RecordedDisk(byte[] image, int sectorSize = 512) : IBlockDevice
{
    public string Path => "/dev/recorded";

    public long Length => image.Length;

    public int SectorSize => sectorSize;

    public byte[] Image => image;

    public List<DiskOperation> Operations { get; } = [];

    /// <summary>Byte ranges asked for with DropCache.</summary>
    public List<(long Offset, long Length)> Dropped { get; } = [];

    public Func<long, bool> FailsToRead { get; set; } = _ => false;

    public Func<long, bool> FailsToWrite { get; set; } = _ => false;

    public Func<bool> FailsToFlush { get; set; } = () => false;

    public RecordedDisk Copy() => new(image.ToArray(), sectorSize);

    public void Read(long offset, Span<byte> buffer)
    {
        if (FailsToRead(offset) || offset < 0 || offset > Length - buffer.Length)
        {
            throw new UpdateException(
                ErrorCodes.DiskUnreadable,
                $"{Path} could not be read at byte {offset}: input/output error"
            );
        }

        image.AsSpan((int)offset, buffer.Length).CopyTo(buffer);
    }

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        if (FailsToWrite(offset) || offset < 0 || offset > Length - buffer.Length)
        {
            throw new UpdateException(
                ErrorCodes.DiskWriteFailed,
                $"{Path} could not be written at byte {offset}: input/output error"
            );
        }

        buffer.CopyTo(image.AsSpan((int)offset));
        Operations.Add(new DiskWrite(offset, buffer.ToArray()));
    }

    public void Flush()
    {
        if (FailsToFlush())
        {
            throw new UpdateException(ErrorCodes.DiskWriteFailed, $"{Path} could not be flushed: input/output error");
        }

        Operations.Add(new DiskFlush());
    }

    public void DropCache(long offset, long length) => Dropped.Add((offset, length));

    public void Dispose() { }

    /// <summary>The image after all these operations.</summary>
    public static byte[] ReplayFrom(byte[] start, IEnumerable<DiskOperation> operations)
    {
        var result = start.ToArray();
        foreach (var write in operations.OfType<DiskWrite>())
        {
            write.Data.CopyTo(result, write.Offset);
        }

        return result;
    }
}
