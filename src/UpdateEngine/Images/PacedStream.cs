using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Images;

/// <summary>Hands on no more than a rate, so that an update leaves room on the link for what the host is there for.</summary>
/// <param name="inner">Not owned.</param>
/// <param name="bytesPerSecond">Above 0. Counted over the whole transfer, with at most <see cref="Burst"/> made up for after a pause.</param>
internal sealed class PacedStream(Stream inner, long bytesPerSecond, TimeProvider time) : ReadOnlyStream
{
    /// <summary>What was not used for longer than this is lost: a link that was down must not be flooded when it is back.</summary>
    public static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(250);

    // A read of the whole of a large buffer would come in jerks.
    private readonly int _most = (int)Math.Clamp(bytesPerSecond / 10, 1024, 256 * 1024);

    // When the bytes so far are paid for, counted from the first read.
    private TimeSpan _due;
    private long? _start;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _start ??= time.GetTimestamp();
        var now = time.GetElapsedTime(_start.Value);
        if (_due > now)
        {
            await Task.Delay(_due - now, time, cancellationToken);
        }
        else if (now - _due > Burst)
        {
            _due = now - Burst;
        }

        var count = await inner.ReadAsync(buffer[..Math.Min(buffer.Length, _most)], cancellationToken);
        _due += TimeSpan.FromSeconds((double)count / bytesPerSecond);
        return count;
    }
}
