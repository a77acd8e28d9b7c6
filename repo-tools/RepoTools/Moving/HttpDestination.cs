using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;
using Polly;
using Polly.Retry;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Moving;

/// <summary>
/// A copy in a store that is written by PUT: a WebDAV server, or whatever speaks that much of it. The server must make a file visible as a whole, at the
/// end of its PUT, as nginx does. Everything that was written is read back.
/// </summary>
internal sealed class HttpDestination : ICopyDestination
{
    private readonly Uri _base;
    private readonly HttpTransportOptions _options;
    private readonly HttpClient _http;
    private readonly ResiliencePipeline _retry;

    /// <param name="address">Its metadata/ and targets/ are what hosts read.</param>
    /// <param name="options">How servers are asked.</param>
    /// <param name="authorization">The value of the header; null for none.</param>
    public HttpDestination(Uri address, HttpTransportOptions options, string? authorization)
    {
        _base = new Uri(address.AbsoluteUri.TrimEnd('/') + "/");
        _options = options;
        _http = new HttpClient(HttpHandler.New(options)) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd(options.UserAgent);
        if (authorization is not null)
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        }

        _retry = new ResiliencePipelineBuilder { TimeProvider = options.Time }
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<PassingFailure>(),
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

    public string Text => AddressText.Of(_base);

    public Task<byte[]?> ReadAsync(string path, int limit, CancellationToken cancel) =>
        AskAsync<byte[]?>(
            HttpMethod.Get,
            path,
            null,
            async (response, token) =>
            {
                if (IsMissing(response))
                {
                    return null;
                }

                await using var content = await response.Content.ReadAsStreamAsync(token);
                var bytes = new byte[limit + 1];
                var count = await content.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, token);
                return bytes[..count];
            },
            cancel
        );

    public Task<bool> HasAsync(string path, long length, CancellationToken cancel) =>
        AskAsync(
            HttpMethod.Head,
            path,
            null,
            (response, _) => Task.FromResult(!IsMissing(response) && response.Content.Headers.ContentLength == length),
            cancel
        );

    public async Task BringAsync(string path, TargetFile target, VerifiedRepository source, CancellationToken cancel)
    {
        if (await HasAsync(path, target.Length, cancel))
        {
            return;
        }

        await AskAsync(
            HttpMethod.Put,
            path,
            async moved => new VerifiedContent(await source.Client.OpenTargetAsync(target, cancel), moved),
            (_, _) => Task.FromResult(true),
            cancel
        );
        try
        {
            await AskAsync(
                HttpMethod.Get,
                path,
                null,
                async (response, token) =>
                {
                    await using var content = await response.Content.ReadAsStreamAsync(token);
                    await using var check = new VerifiedStream(content, target.Name, target.Length, target.Hashes);
                    await check.CompleteAsync(token);
                    return true;
                },
                cancel
            );
        }
        catch (TufException e)
        {
            throw Mismatch(path, e);
        }
    }

    public async Task WriteAsync(IReadOnlyList<CopiedFile> files, CancellationToken cancel)
    {
        foreach (var file in files)
        {
            await AskAsync(
                HttpMethod.Put,
                file.Path,
                _ => Task.FromResult<HttpContent>(new ByteArrayContent(file.Bytes)),
                (_, _) => Task.FromResult(true),
                cancel
            );
            var there = await ReadAsync(file.Path, file.Bytes.Length, cancel);
            if (there is null || !there.AsSpan().SequenceEqual(file.Bytes))
            {
                throw Mismatch(file.Path);
            }
        }
    }

    public void Complete() { }

    public void Dispose() => _http.Dispose();

    /// <summary>One request, tried again where that may help. Nothing that takes long is limited but by standing still.</summary>
    /// <param name="body">Makes the body, anew for each attempt.</param>
    private async Task<T> AskAsync<T>(
        HttpMethod method,
        string path,
        Func<Action, Task<HttpContent>>? body,
        Func<HttpResponseMessage, CancellationToken, Task<T>> take,
        CancellationToken cancel
    )
    {
        try
        {
            return await _retry.ExecuteAsync(
                async token => await AskOnceAsync(method, path, body, take, token),
                cancel
            );
        }
        catch (PassingFailure e)
        {
            throw new UpdateException(
                ErrorCodes.StoreRefused,
                $"{AddressText.Of(AddressOf(path))} {e.Message.TrimEnd('.')}.",
                "Check the address and the network, and run this again: what is there already is not sent again.",
                e
            );
        }
    }

    private async Task<T> AskOnceAsync<T>(
        HttpMethod method,
        string path,
        Func<Action, Task<HttpContent>>? body,
        Func<HttpResponseMessage, CancellationToken, Task<T>> take,
        CancellationToken cancel
    )
    {
        using var patience = new CancellationTokenSource(_options.StallTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, patience.Token);
        using var request = new HttpRequestMessage(method, AddressOf(path));
        request.Options.Set(HttpHandler.Patience, patience);
        if (body is not null)
        {
            request.Content = await body(() => patience.CancelAfter(_options.StallTimeout));
            var stored = StoredAs.Of(path);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(stored.Type);
            request.Headers.TryAddWithoutValidation("Cache-Control", stored.Cache);
            // A refusal comes before the body, and not after gigabytes of it.
            request.Headers.ExpectContinue = true;
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            Judge(method, path, response);
            // From here on it is a transfer, which a slow link may take long over.
            patience.CancelAfter(Timeout.InfiniteTimeSpan);
            return await take(response, cancel);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new PassingFailure("does not answer", e);
        }
        catch (HttpRequestException e) when (e.InnerException is TufException refused)
        {
            // The source's fault, and not the server's.
            ExceptionDispatchInfo.Throw(refused);
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new PassingFailure($"cannot be reached: {e.Message}", e);
        }
    }

    private void Judge(HttpMethod method, string path, HttpResponseMessage response)
    {
        var status = (int)response.StatusCode;
        if (status is >= 500 or 429)
        {
            throw new PassingFailure($"answers {status} to {method}");
        }

        var isFine = status is >= 200 and < 300 || (method != HttpMethod.Put && IsMissing(response));
        if (!isFine)
        {
            throw new UpdateException(
                ErrorCodes.StoreRefused,
                $"{AddressText.Of(AddressOf(path))} answers {status} to {method}{Reason(response.StatusCode)}.",
                "See docs/operations/object-stores.md for what a server has to allow."
            );
        }
    }

    private static string Reason(HttpStatusCode status) =>
        status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ", for want of --authorization or of a right",
            HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => ", which it does not take here",
            HttpStatusCode.Conflict => ", since it makes no directories",
            HttpStatusCode.RequestEntityTooLarge => ", because the file is too long for it",
            >= HttpStatusCode.Ambiguous and < HttpStatusCode.BadRequest =>
                ", a redirect, which is not followed with a secret in hand",
            _ => "",
        };

    /// <summary>Object stores say 403 of what is not there to those who may not list it.</summary>
    private static bool IsMissing(HttpResponseMessage response) =>
        response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Gone or HttpStatusCode.Forbidden;

    // A slash of a role's name, which its file has as %2F, is that in addresses too.
    private Uri AddressOf(string path) =>
        new(
            _base,
            string.Join('/', path.Split('/').Select(Uri.EscapeDataString))
                .Replace("%252F", "%2F", StringComparison.Ordinal)
        );

    private UpdateException Mismatch(string path, Exception? inner = null) =>
        new(
            ErrorCodes.StoreMismatch,
            $"{AddressText.Of(AddressOf(path))} is not what was written there; nothing became visible to hosts.",
            "Delete the file there, make sure that no cache answers in its place, and run this again.",
            inner
        );

    /// <summary>What another attempt may mend.</summary>
    private sealed class PassingFailure(string message, Exception? inner = null) : Exception(message, inner);
}
