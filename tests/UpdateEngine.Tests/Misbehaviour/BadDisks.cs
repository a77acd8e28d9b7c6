using UpdateEngine.Disks;
using UpdateEngine.Tests.Images;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Reports errors, as a medium that is worn out, or a cable that is pulled.</summary>
internal sealed class FailingDisk(IBlockDevice inner) : DiskWrapper(inner)
{
    private int _flushes;

    /// <summary>Of a range: offset and length in bytes.</summary>
    public Func<long, int, bool> FailsToWrite { get; init; } = (_, _) => false;

    public Func<long, int, bool> FailsToRead { get; init; } = (_, _) => false;

    /// <summary>By its number, from 1.</summary>
    public Func<int, bool> FailsToFlush { get; init; } = _ => false;

    public override void Read(long offset, Span<byte> buffer)
    {
        ThrowIf(FailsToRead(offset, buffer.Length), ErrorCodes.DiskUnreadable);
        base.Read(offset, buffer);
    }

    public override void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        ThrowIf(FailsToWrite(offset, buffer.Length), ErrorCodes.DiskWriteFailed);
        base.Write(offset, buffer);
    }

    public override void Flush()
    {
        ThrowIf(FailsToFlush(++_flushes), ErrorCodes.DiskWriteFailed);
        base.Flush();
    }

    private void ThrowIf(bool fails, ErrorCode code)
    {
        if (fails)
        {
            throw new UpdateException(code, $"{Path} failed: Input/output error", "Look at the kernel log.");
        }
    }
}

/// <summary>Says yes to every write, and keeps some of them in its cache only, whatever is flushed.</summary>
/// <param name="keeps">How many bytes of a write, by offset and length, reach the medium.</param>
internal sealed class ForgettingDisk(IBlockDevice inner, Func<long, int, int> keeps) : DiskWrapper(inner)
{
    private readonly List<(long Offset, byte[] Data)> _cache = [];
    private readonly Lock _gate = new();

    public override void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        base.Write(offset, buffer[..keeps(offset, buffer.Length)]);
        lock (_gate)
        {
            _cache.Add((offset, buffer.ToArray()));
        }
    }

    public override void Read(long offset, Span<byte> buffer)
    {
        base.Read(offset, buffer);
        lock (_gate)
        {
            foreach (var (start, data) in _cache)
            {
                var (from, to) = (Math.Max(start, offset), Math.Min(start + data.Length, offset + buffer.Length));
                if (from < to)
                {
                    data.AsSpan((int)(from - start), (int)(to - from)).CopyTo(buffer[(int)(from - offset)..]);
                }
            }
        }
    }

    public override void DropCache(long offset, long length)
    {
        base.DropCache(offset, length);
        lock (_gate)
        {
            _cache.RemoveAll(c => c.Offset < offset + length && offset < c.Offset + c.Data.Length);
        }
    }
}
