using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Tests.Simulators;

/// <summary>HTTP whose connections break after some bytes, and that notes where answers begin.</summary>
internal sealed class CuttingTransport : ITransport, IDisposable
{
    private readonly HttpTransport _inner = new();

    /// <summary>In bytes; null for connections that hold.</summary>
    public long? CutAfter { get; set; }

    /// <summary>Where the body of the last answer began, in bytes.</summary>
    public long LastOffset { get; private set; }

    public async Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        var answer = await _inner.OpenAsync(request, ct);
        LastOffset = answer.Offset;
        return CutAfter is { } length && answer.Content is not null
            ? answer with
            {
                Content = new CutStream(answer.Content, length),
            }
            : answer;
    }

    public void Dispose() => _inner.Dispose();

    private sealed class CutStream(Stream inner, long left) : ReadOnlyStream
    {
        private long _left = left;

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            if (_left == 0)
            {
                throw new TransportException("test", "The connection was cut.");
            }

            var count = await inner.ReadAsync(buffer[..(int)Math.Min(buffer.Length, _left)], cancellationToken);
            _left -= count;
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                inner.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
