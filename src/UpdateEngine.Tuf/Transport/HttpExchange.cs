using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace UpdateEngine.Tuf.Transport;

/// <summary>One request for a file to one address, redirects included, and the judgement of its status.</summary>
internal sealed class HttpExchange(HttpClient http, HttpTransportOptions options)
{
    /// <param name="address">http:// or https://.</param>
    /// <param name="offset">In bytes; above 0 the rest from there on is asked for.</param>
    /// <param name="validators">By address; each goes to its own server only.</param>
    /// <param name="ct">Stops the attempt.</param>
    /// <returns>200, a missing file, or, with an offset, 206 or 416.</returns>
    /// <exception cref="TransportException">Everything else.</exception>
    public async Task<HttpAnswer> SendAsync(
        Uri address,
        long offset,
        IReadOnlyDictionary<string, FileValidator> validators,
        CancellationToken ct
    )
    {
        if (address.Scheme is not ("http" or "https"))
        {
            throw Failure(address, "is not an http:// or https:// address.");
        }

        // By hand, because what a validator says is for one server's ears only.
        var source = address;
        for (var redirects = 0; ; redirects++)
        {
            var response = await SendOnceAsync(address, source, offset, validators, ct);
            try
            {
                if (response.Headers.Location is not { } location || !IsRedirect(response.StatusCode))
                {
                    return Judge(response, address, source, offset);
                }

                source = Follow(address, source, location, redirects);
                response.Dispose();
            }
            catch
            {
                response.Dispose();
                throw;
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        Uri address,
        Uri source,
        long offset,
        IReadOnlyDictionary<string, FileValidator> validators,
        CancellationToken ct
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, source);
        if (offset > 0)
        {
            request.Headers.Range = new RangeHeaderValue(offset, null);
            // RFC 9110 section 8.8.3 allows more than ASCII in an ETag, and the framework's requests do not; what comes is compared with it all the same.
            if (validators.TryGetValue(AddressText.Of(source), out var validator) && Ascii.IsValid(validator.Value))
            {
                request.Headers.TryAddWithoutValidation("If-Range", validator.Value);
            }
        }

        using var patience = new CancellationTokenSource(options.StallTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        request.Options.Set(HttpHandler.Patience, patience);
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        }
        catch (OperationCanceledException error) when (!ct.IsCancellationRequested)
        {
            throw Failure(address, "does not answer.", error, isTransient: true);
        }
        catch (HttpRequestException error)
        {
            throw Failure(address, $"cannot be reached: {error.Message}", error, isTransient: true);
        }
    }

    private static HttpAnswer Judge(HttpResponseMessage response, Uri address, Uri source, long offset)
    {
        var status = response.StatusCode;
        switch (status)
        {
            case HttpStatusCode.OK:
            case HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden:
            case HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable when offset > 0:
                return new HttpAnswer(response, source, offset);
            default:
                var text = AddressText.Of(address);
                throw new TransportException(text, $"The server answers {(int)status} to {text}.", (int)status)
                {
                    IsTransient = status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError,
                };
        }
    }

    private Uri Follow(Uri address, Uri source, Uri location, int redirects)
    {
        if (redirects >= options.MaxRedirects)
        {
            throw Failure(address, $"redirects more than {options.MaxRedirects} times.");
        }

        if (!Uri.TryCreate(source, location, out var next) || next.Scheme is not ("http" or "https"))
        {
            throw Failure(address, "redirects to what is no web address.");
        }

        return source.Scheme is "https" && next.Scheme is "http"
            ? throw Failure(address, "redirects from https:// to http://.")
            : next;
    }

    private static bool IsRedirect(HttpStatusCode status) =>
        status
            is HttpStatusCode.MovedPermanently
                or HttpStatusCode.Found
                or HttpStatusCode.SeeOther
                or HttpStatusCode.TemporaryRedirect
                or HttpStatusCode.PermanentRedirect;

    private static TransportException Failure(
        Uri address,
        string what,
        Exception? inner = null,
        bool isTransient = false
    )
    {
        var text = AddressText.Of(address);
        return new TransportException(text, $"{text} {what}", inner: inner) { IsTransient = isTransient };
    }
}
