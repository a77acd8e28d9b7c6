using System.Net;
using Polly;
using Polly.Retry;

namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// Repositories behind http:// and https://. Bytes are taken as they are (no decompression: digests are over what lies in the
/// repository); an attempt is repeated until its first byte only.
/// </summary>
public sealed class HttpTransport : ITransport, IDisposable
{
    private readonly HttpTransportOptions _options;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _retry;

    public HttpTransport(HttpTransportOptions? options = null)
    {
        _options = options ?? new HttpTransportOptions();
        _http = new HttpClient(NewHandler(_options)) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(_options.UserAgent);
        _http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("identity");
        _retry = NewRetry(_options);
    }

    public async Task<TransportResponse> OpenAsync(Uri uri, long maxLength, CancellationToken ct)
    {
        if (uri.Scheme is not ("http" or "https"))
        {
            throw new TransportException(uri.ToString(), $"{uri} is not an http:// or https:// address.");
        }

        return await _retry.ExecuteAsync(
            static async (call, token) => await call.Self.TryOpenAsync(call.Uri, call.MaxLength, token),
            (Self: this, Uri: uri, MaxLength: maxLength),
            ct
        );
    }

    public void Dispose() => _http.Dispose();

    private async Task<TransportResponse> TryOpenAsync(Uri uri, long maxLength, CancellationToken ct)
    {
        var response = await SendAsync(uri, ct);
        try
        {
            var answer = Judge(response, uri, maxLength);
            if (!answer.IsMissing)
            {
                return answer;
            }

            response.Dispose();
            return answer;
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(Uri uri, CancellationToken ct)
    {
        using var timer = new CancellationTokenSource(_options.ConnectTimeout + _options.StallTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, timer.Token);
        try
        {
            return await _http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, either.Token);
        }
        catch (OperationCanceledException error) when (!ct.IsCancellationRequested)
        {
            throw Transient(uri, $"{uri} does not answer.", null, error);
        }
        catch (UriFormatException error)
        {
            throw new TransportException(uri.ToString(), $"{uri} redirects to what is no address.", inner: error);
        }
        catch (HttpRequestException error)
        {
            throw Transient(uri, $"{uri} cannot be reached: {error.Message}", null, error);
        }
    }

    private TransportResponse Judge(HttpResponseMessage response, Uri uri, long maxLength)
    {
        var status = (int)response.StatusCode;
        switch (response.StatusCode)
        {
            case HttpStatusCode.OK:
                if (response.Content.Headers.ContentLength > maxLength)
                {
                    throw new TooLargeException(uri.ToString(), maxLength);
                }

                var body = response.Content.ReadAsStream();
                var stream = new TransportStream(body, response, uri, _options.StallTimeout, _options.Time);
                return new TransportResponse(stream, status, response.Content.Headers.ContentLength);
            case HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden:
                return TransportResponse.Missing(status);
            case HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                throw Transient(uri, $"The server answers {status} to {uri}.", status, null);
            default:
                throw new TransportException(uri.ToString(), $"The server answers {status} to {uri}.", status);
        }
    }

    private static TransportException Transient(Uri uri, string message, int? status, Exception? inner) =>
        new(uri.ToString(), message, status, inner) { IsTransient = true };

    private static SocketsHttpHandler NewHandler(HttpTransportOptions options) =>
        new()
        {
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = options.MaxRedirects > 0,
            MaxAutomaticRedirections = Math.Max(options.MaxRedirects, 1),
            ConnectTimeout = options.ConnectTimeout,
            UseCookies = false,
            // A daemon lives for months: addresses are looked up again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };

    private static ResiliencePipeline NewRetry(HttpTransportOptions options)
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = options.Time };
        if (options.Retries == 0)
        {
            return builder.Build();
        }

        return builder
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<TransportException>(error => error.IsTransient),
                    MaxRetryAttempts = options.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = options.RetryDelay,
                    MaxDelay = options.MaxRetryDelay,
                    UseJitter = true,
                    Randomizer = options.Jitter,
                }
            )
            .Build();
    }
}
