using System.Net;

namespace UpdateEngine.Tuf.Transport;

/// <summary>One server's answer to one request for a file, or for the rest of it: its headers, checked. Of the body nothing is read yet.</summary>
internal sealed class HttpAnswer : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly string _address;

    /// <param name="response">Owned from here on.</param>
    /// <param name="source">The address that sent it, redirects followed.</param>
    /// <param name="offset">In bytes, as asked for.</param>
    /// <exception cref="TransportException">It contradicts itself or the request.</exception>
    public HttpAnswer(HttpResponseMessage response, Uri source, long offset)
    {
        _response = response;
        _address = AddressText.Of(source);
        var range = response.Content.Headers.ContentRange;
        switch (response.StatusCode)
        {
            case HttpStatusCode.PartialContent:
                if (range is not { Unit: "bytes", HasRange: true } || range.From != offset)
                {
                    throw Refused($"a part that does not start at byte {offset}, which was asked for");
                }

                var length = response.Content.Headers.ContentLength;
                if (range.To >= range.Length || (length is not null && length != range.To - range.From + 1))
                {
                    throw Refused("a part whose lengths contradict each other");
                }

                (Start, Total) = (offset, range.Length);
                break;
            case HttpStatusCode.RequestedRangeNotSatisfiable:
                Total = range?.Length;
                break;
            default:
                Total = response.Content.Headers.ContentLength;
                break;
        }
    }

    public int Status => (int)_response.StatusCode;

    public bool IsMissing =>
        _response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden;

    /// <summary>Status 416: the file has nothing at the offset.</summary>
    public bool IsBeyondEnd => _response.StatusCode is HttpStatusCode.RequestedRangeNotSatisfiable;

    /// <summary>Where the body starts within the file, in bytes: 0 unless the server sends the part that was asked for.</summary>
    public long Start { get; }

    /// <summary>Of the whole file, in bytes; null where it is not announced.</summary>
    public long? Total { get; }

    /// <summary>RFC 9110 section 13.1.5: If-Range wants a strong ETag, or else a date.</summary>
    public FileValidator? Validator => (StrongTag ?? Date) is { } value ? new FileValidator(_address, value) : null;

    private string? StrongTag => _response.Headers.ETag is { IsWeak: false } tag ? tag.Tag : null;

    private string? Date => _response.Content.Headers.LastModified?.ToString("R");

    /// <summary>Whether this surely is another file than the one that the validator is of: the same kind from the same address, and not the same.</summary>
    public bool Contradicts(FileValidator? known)
    {
        if (known is null || known.Address != _address)
        {
            return false;
        }

        var now = known.Value.StartsWith('"') ? StrongTag : Date;
        return now is not null && now != known.Value;
    }

    public TransportStream OpenBody(Uri asked, HttpTransportOptions options) =>
        new(_response.Content.ReadAsStream(), _response, asked, options.StallTimeout, options.Time);

    public void Dispose() => _response.Dispose();

    private TransportException Refused(string what) => new(_address, $"{_address} answers with {what}.", Status);
}
