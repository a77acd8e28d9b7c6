using System.Globalization;

namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// The body of an answer. A read that brings nothing for the stall time is an error, and so are reads that wait for ten times as long and
/// bring less than 16 KiB in all: a server that drips would keep us for ever. There is no limit on the whole, so that a slow link
/// finishes. Whatever breaks becomes a <see cref="TransportException"/>.
/// </summary>
internal sealed class TransportStream(Stream inner, IDisposable owner, Uri address, TimeSpan stall, TimeProvider time)
    : ReadOnlyStream
{
    private const int MinimumProgress = RetryBudget.MinimumProgress;

    // Of the time in which the next 16 KiB must come, and what has come of them. Only the time within reads counts.
    private TimeSpan _left = TimeFor(stall);
    private int _progress;

    // Why the connection was closed at the moment in which a read brought something after all; the next one would only find it closed.
    private string? _cut;

    // One for all reads: a slow link takes tens of thousands.
    private CancellationTokenSource _patience = new(Timeout.InfiniteTimeSpan, time);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_cut is not null)
        {
            throw Broken(_cut, null);
        }

        var patience = _left < stall ? _left : stall;
        StartWaiting(patience);
        using var stopped = cancellationToken.UnsafeRegister(
            static p => ((CancellationTokenSource)p!).Cancel(),
            _patience
        );
        try
        {
            var start = time.GetTimestamp();
            var count = await inner.ReadAsync(buffer, _patience.Token);
            Count(count, time.GetElapsedTime(start));
            var isCut = _patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested;
            _cut = isCut ? Stalled(patience) : null;
            return count;
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken(Stalled(patience), error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException or ObjectDisposedException)
        {
            throw Broken($"broke off: {error.Message}", error);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
            _patience.Dispose();
            owner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static TimeSpan TimeFor(TimeSpan stall) =>
        stall == Timeout.InfiniteTimeSpan ? TimeSpan.MaxValue : 10 * stall;

    private void StartWaiting(TimeSpan patience)
    {
        if (!_patience.TryReset())
        {
            _patience.Dispose();
            _patience = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        }

        _patience.CancelAfter(patience);
    }

    private void Count(int count, TimeSpan waited)
    {
        _progress += count;
        if (_progress >= MinimumProgress)
        {
            (_progress, _left) = (0, TimeFor(stall));
        }
        else
        {
            _left = _left > waited ? _left - waited : TimeSpan.Zero;
        }
    }

    private string Stalled(TimeSpan patience)
    {
        var what = patience == stall ? "nothing came for" : $"{_progress} bytes came in";
        var seconds = (patience == stall ? stall : TimeFor(stall)).TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"stalled: {what} {seconds:0.#} s.");
    }

    private TransportException Broken(string what, Exception? inner)
    {
        var text = AddressText.Of(address);
        return new TransportException(text, $"The transfer of {text} {what}", inner: inner) { IsTransient = true };
    }
}
