using System.Net;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Moving;

/// <summary>
/// A target as the body of a request. Its last bytes are held back until all of it is verified: of a wrong one the server never gets the whole, and
/// so keeps nothing.
/// </summary>
/// <param name="moved">Called whenever some of it has gone.</param>
internal sealed class VerifiedContent(VerifiedStream target, Action moved) : HttpContent
{
    private const int BufferLength = 256 * 1024;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(
        Stream stream,
        TransportContext? context,
        CancellationToken cancellationToken
    )
    {
        var (held, next) = (new byte[BufferLength], new byte[BufferLength]);
        var count = await target.ReadAsync(held, cancellationToken);
        while (count > 0)
        {
            // The read that finds the end is the one that verifies.
            var following = await target.ReadAsync(next, cancellationToken);
            await stream.WriteAsync(held.AsMemory(0, count), cancellationToken);
            moved();
            (held, next, count) = (next, held, following);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = target.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            target.Dispose();
        }

        base.Dispose(disposing);
    }
}
