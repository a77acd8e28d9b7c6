using System.Collections;
using UpdateEngine.Disks;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace UpdateEngine.Tests.Images;

internal abstract class DiskWrapper(IBlockDevice inner) : IBlockDevice
{
    public string Path => inner.Path;
    public long Length => inner.Length;
    public int SectorSize => inner.SectorSize;

    public virtual void Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

    public virtual void Write(long offset, ReadOnlySpan<byte> buffer) => inner.Write(offset, buffer);

    public virtual void Flush() => inner.Flush();

    public virtual void DropCache(long offset, long length) => inner.DropCache(offset, length);

    public void Dispose() => inner.Dispose();
}

/// <summary>The cache has what was written; the medium keeps one bit of it turned round. Only a read past the cache finds it.</summary>
internal sealed class FlippingDisk(IBlockDevice inner, long at) : DiskWrapper(inner)
{
    private bool _dropped;

    public override void Read(long offset, Span<byte> buffer)
    {
        base.Read(offset, buffer);
        if (_dropped && at >= offset && at < offset + buffer.Length)
        {
            buffer[(int)(at - offset)] ^= 0x40;
        }
    }

    public override void DropCache(long offset, long length)
    {
        _dropped |= at >= offset && at < offset + length;
        base.DropCache(offset, length);
    }
}

/// <summary>Takes no write.</summary>
internal sealed class BrokenDisk(IBlockDevice inner) : DiskWrapper(inner)
{
    public override void Write(long offset, ReadOnlySpan<byte> buffer) =>
        throw new UpdateException(ErrorCodes.DiskWriteFailed, "broken");
}

/// <summary>Notes what is done to it, repetitions once. The partition table is not of interest.</summary>
internal sealed class WatchedDisk(IBlockDevice inner, List<string> steps) : DiskWrapper(inner)
{
    private const int Table = 1 << 15;

    public override void Read(long offset, Span<byte> buffer)
    {
        base.Read(offset, buffer);
        if (offset > Table && offset < Length - Table)
        {
            Note("read");
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        base.Write(offset, buffer);
        Note("write");
    }

    public override void Flush()
    {
        base.Flush();
        Note("flush");
    }

    public override void DropCache(long offset, long length)
    {
        base.DropCache(offset, length);
        Note("drop");
    }

    private void Note(string step)
    {
        if (steps.LastOrDefault() != step)
        {
            steps.Add(step);
        }
    }
}

/// <summary>Knows what of a partition has been written, and flushed since; finds reads of anything else.</summary>
internal sealed class OrderedDisk(IBlockDevice inner, long start, long length) : DiskWrapper(inner)
{
    private readonly Lock _gate = new();
    private readonly BitArray _written = new((int)length);
    private BitArray _flushed = new((int)length);

    public List<(long Offset, int Length)> ReadTooEarly { get; } = [];

    public long BytesRead { get; private set; }

    public override void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        base.Write(offset, buffer);
        lock (_gate)
        {
            for (var i = 0; i < buffer.Length; i++)
            {
                _written[(int)(offset - start) + i] = true;
            }
        }
    }

    public override void Flush()
    {
        base.Flush();
        lock (_gate)
        {
            _flushed = new BitArray(_written);
        }
    }

    public override void Read(long offset, Span<byte> buffer)
    {
        base.Read(offset, buffer);
        lock (_gate)
        {
            if (offset < start || offset >= start + length)
            {
                return;
            }

            BytesRead += buffer.Length;
            for (var i = 0; i < buffer.Length; i++)
            {
                if (!_flushed[(int)(offset - start) + i])
                {
                    ReadTooEarly.Add((offset, buffer.Length));
                    return;
                }
            }
        }
    }
}

/// <summary>Digests of a target come out of signed metadata only.</summary>
internal static class TargetDigests
{
    public static Digests Sha256(byte[] hash)
    {
        using var signer = Ed25519Signer.Generate();
        var targets = MetadataDocument.NewTargets(1, DateTimeOffset.UnixEpoch);
        targets.SetTarget(new TargetName("x"), 0, Convert.ToHexStringLower(hash));
        targets.Sign(signer);
        return TargetsMetadata.Parse(Envelope.Parse("targets", targets.ToBytes())).Targets["x"].Hashes;
    }
}
