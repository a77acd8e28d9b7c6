using UpdateEngine.Disks;

namespace UpdateEngine.Images;

/// <summary>Digest of what lies on a slot's medium, read from its beginning, past the page cache, as far as it has been flushed.</summary>
public sealed class SlotDigest(SlotWriter slot, string role, ImageDigestAlgorithm algorithm) : IDisposable
{
    private readonly ImageHash _hash = new(algorithm);
    private readonly Memory<byte> _buffer = AlignedBuffer.Allocate(ImagePipeline.BufferSize);
    private long _position;

    /// <summary>Of a whole image.</summary>
    public static ImageDigest Compute(
        SlotWriter slot,
        string role,
        ImageDigestAlgorithm algorithm,
        long length,
        Action<long>? progress,
        CancellationToken stop
    )
    {
        using var digest = new SlotDigest(slot, role, algorithm);
        digest.ReadTo(length, progress, stop);
        return digest.Finish();
    }

    /// <param name="end">Bytes from the start of the partition; all of it is on the medium.</param>
    public void ReadTo(long end, Action<long>? progress, CancellationToken stop)
    {
        // What went through the page cache would come out of it.
        slot.DropCache(role, _position, end - _position);
        while (_position < end)
        {
            stop.ThrowIfCancellationRequested();
            var chunk = _buffer.Span[..(int)Math.Min(_buffer.Length, end - _position)];
            slot.Read(role, _position, chunk);
            _hash.Append(chunk);
            _position += chunk.Length;
            progress?.Invoke(_position);
        }
    }

    public ImageDigest Finish() => _hash.Finish();

    public void Dispose() => _hash.Dispose();
}
