using UpdateEngine.Disks;

namespace UpdateEngine.Images;

/// <summary>
/// Digest of what lies on a slot's medium, read from its beginning, past the page cache, as far as it has been flushed. One buffer is digested while
/// the medium fills the other.
/// </summary>
public sealed class SlotDigest(SlotWriter slot, string role, ImageDigestAlgorithm algorithm) : IDisposable
{
    private readonly ImageHash _hash = new(algorithm);
    private Memory<byte> _filling = AlignedBuffer.Allocate(ImagePipeline.BufferSize);
    private Memory<byte> _digesting = AlignedBuffer.Allocate(ImagePipeline.BufferSize);
    private long _position;

    /// <summary>Of a whole image.</summary>
    public static async Task<ImageDigest> ComputeAsync(
        SlotWriter slot,
        string role,
        ImageDigestAlgorithm algorithm,
        long length,
        Action<long>? progress,
        CancellationToken stop
    )
    {
        using var digest = new SlotDigest(slot, role, algorithm);
        await digest.ReadToAsync(length, progress, stop);
        return digest.Finish();
    }

    /// <param name="end">Bytes from the start of the partition; all of it is on the medium.</param>
    public async Task ReadToAsync(long end, Action<long>? progress, CancellationToken stop)
    {
        // What went through the page cache would come out of it.
        slot.DropCache(role, _position, end - _position);
        var digested = Task.CompletedTask;
        try
        {
            while (_position < end)
            {
                stop.ThrowIfCancellationRequested();
                var chunk = _filling[..(int)Math.Min(_filling.Length, end - _position)];
                slot.Read(role, _position, chunk.Span);
                await digested;
                digested = Task.Run(() => _hash.Append(chunk.Span), CancellationToken.None);
                (_filling, _digesting) = (_digesting, _filling);
                _position += chunk.Length;
                progress?.Invoke(_position);
            }
        }
        finally
        {
            // Nobody may finish or dispose of a digest that is still at work.
            await digested;
        }
    }

    public ImageDigest Finish() => _hash.Finish();

    public void Dispose() => _hash.Dispose();
}
