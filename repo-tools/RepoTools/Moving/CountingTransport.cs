using UpdateEngine.Tuf.Transport;

namespace RepoTools.Moving;

/// <summary>Counts the bytes of everything that is read, as they come.</summary>
internal sealed class CountingTransport(ITransport inner) : ITransport, IDisposable
{
    /// <summary>In bytes, of all files so far.</summary>
    public long Count { get; private set; }

    /// <summary>Told of each piece as it passes, in bytes.</summary>
    public Action<int>? Passed { get; set; }

    public async Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        var response = await inner.OpenAsync(request, ct);
        return response.Content is null ? response : response with { Content = new Counted(response.Content, Add) };
    }

    public void Dispose() => (inner as IDisposable)?.Dispose();

    private void Add(int count)
    {
        Count += count;
        Passed?.Invoke(count);
    }

    private sealed class Counted(Stream content, Action<int> passed) : ReadOnlyStream
    {
        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var count = await content.ReadAsync(buffer, cancellationToken);
            passed(count);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                content.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
