using System.Threading.Channels;
using UpdateEngine.Disks;

namespace UpdateEngine.Images;

/// <summary>Reads a partition back from the medium, beside the one who writes it, as far as it has been flushed.</summary>
internal sealed class ReadBack : IAsyncDisposable
{
    private readonly Channel<long> _flushed = Channel.CreateUnbounded<long>();
    private readonly CancellationTokenSource _stop;
    private readonly SlotDigest _digest;
    private readonly Task _reading;
    private Action<long>? _progress;

    public ReadBack(SlotWriter slot, string role, ImageDigestAlgorithm algorithm, CancellationToken stop)
    {
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        _digest = new SlotDigest(slot, role, algorithm);
        _reading = Task.Run(ReadAsync, CancellationToken.None);
    }

    /// <param name="end">Bytes from the start of the partition that have been flushed. What is no whole block yet waits for the rest of it: the page
    /// cache would keep a page that is written at this moment, and the parts after it would no longer go past it.</param>
    /// <exception cref="UpdateException">What was flushed before could not be read: there is no use in writing more.</exception>
    public void Follow(long end)
    {
        if (_reading.IsFaulted)
        {
            _reading.GetAwaiter().GetResult();
        }

        _flushed.Writer.TryWrite(end / AlignedBuffer.Alignment * AlignedBuffer.Alignment);
    }

    /// <summary>Waits until all of it has been read.</summary>
    /// <param name="length">Of the whole image; all of it has been flushed.</param>
    /// <param name="progress">Told from now on: before, the writing is ahead, and that is what a person wants to see.</param>
    /// <returns>Digest of the image as it lies on the medium.</returns>
    public async Task<ImageDigest> FinishAsync(long length, Action<long> progress)
    {
        Volatile.Write(ref _progress, progress);
        _flushed.Writer.TryWrite(length);
        _flushed.Writer.TryComplete();
        await _reading;
        return _digest.Finish();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Its fault has been told already, or another one came first.
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _digest.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        await foreach (var end in _flushed.Reader.ReadAllAsync(_stop.Token))
        {
            await _digest.ReadToAsync(end, done => Volatile.Read(ref _progress)?.Invoke(done), _stop.Token);
        }
    }
}
