using System.Security.Cryptography;
using UpdateEngine.Disks;

namespace UpdateEngine.Images;

/// <summary>SHA-256 of what lies on a slot's medium, read from its beginning, past the page cache, as far as it has been flushed.</summary>
public sealed class SlotDigest(SlotWriter slot, string role) : IDisposable
{
    private readonly IncrementalHash _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Memory<byte> _buffer = AlignedBuffer.Allocate(ImagePipeline.BufferSize);
    private long _position;

    /// <summary>Of a whole image.</summary>
    /// <returns>64 hex digits, lower case.</returns>
    public static string Compute(
        SlotWriter slot,
        string role,
        long length,
        Action<long>? progress,
        CancellationToken stop
    )
    {
        using var digest = new SlotDigest(slot, role);
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
            _sha256.AppendData(chunk);
            _position += chunk.Length;
            progress?.Invoke(_position);
        }
    }

    /// <returns>64 hex digits, lower case.</returns>
    public string Finish() => Convert.ToHexStringLower(_sha256.GetHashAndReset());

    public void Dispose() => _sha256.Dispose();
}
