namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// The body of an answer. A read that brings nothing for the stall time is an error; there is no limit on the whole, so that a slow link
/// finishes. Whatever breaks becomes a <see cref="TransportException"/>.
/// </summary>
internal sealed class TransportStream(Stream inner, IDisposable owner, Uri address, TimeSpan stall, TimeProvider time)
    : ReadOnlyStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        using var timer = new CancellationTokenSource(stall, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            return await inner.ReadAsync(buffer, either.Token);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken($"stalled: nothing came for {stall.TotalSeconds:0.#} s.", error);
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
            owner.Dispose();
        }

        base.Dispose(disposing);
    }

    private TransportException Broken(string what, Exception inner)
    {
        var text = AddressText.Of(address);
        return new TransportException(text, $"The transfer of {text} {what}", inner: inner) { IsTransient = true };
    }
}
