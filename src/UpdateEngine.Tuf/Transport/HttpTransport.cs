namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// Repositories behind http:// and https://. Bytes are taken as they are (no decompression: digests are over what lies in the
/// repository). What breaks off or stalls goes on where it was, at the same server or at another; see <see cref="HttpTransportOptions"/>
/// for how often.
/// </summary>
public sealed class HttpTransport : ITransport, IDisposable
{
    private readonly HttpTransportOptions _options;
    private readonly HttpClient _http;

    /// <exception cref="ArgumentException">A number or time of the options is out of its range.</exception>
    public HttpTransport(HttpTransportOptions? options = null)
    {
        _options = options ?? new HttpTransportOptions();
        _options.RequireInRange();
        _http = new HttpClient(HttpHandler.New(_options)) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(_options.UserAgent);
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
    }

    public async Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        if (request.Addresses.Count == 0)
        {
            throw new ArgumentException("No address was given.", nameof(request));
        }

        var transfer = new HttpTransfer(new HttpExchange(_http, _options), _options, request);
        try
        {
            return await transfer.OpenAsync(ct);
        }
        catch
        {
            await transfer.DisposeAsync();
            throw;
        }
    }

    public void Dispose() => _http.Dispose();
}
