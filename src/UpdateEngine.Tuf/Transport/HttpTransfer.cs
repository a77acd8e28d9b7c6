using Polly;
using Polly.Retry;

namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// A file on its way. When its body breaks off or stalls, the rest is asked for: at once at the next address that has not failed since, and
/// after a pause where all have. Nothing is ever appended that does not belong there as far as headers can tell; in the end the reader's
/// digests decide.
/// </summary>
internal sealed class HttpTransfer : ReadOnlyStream
{
    private const int SkipBuffer = 65_536;

    private readonly HttpExchange _exchange;
    private readonly HttpTransportOptions _options;
    private readonly TransportRequest _request;
    private readonly AddressRound _round;
    private readonly RetryBudget _budget;
    private readonly ResiliencePipeline _retry;
    private readonly Dictionary<string, FileValidator> _validators = new(StringComparer.Ordinal);

    private TransportStream? _body;
    private long _position;
    private long? _total;
    private bool _isAtEnd;
    private TufException? _failure;

    public HttpTransfer(HttpExchange exchange, HttpTransportOptions options, TransportRequest request)
    {
        (_exchange, _options, _request) = (exchange, options, request);
        _round = new AddressRound(request.Addresses);
        _budget = new RetryBudget(options.Retries, request.Offset);
        _retry = NewRetry();
        Remember(request.Validator);
    }

    /// <exception cref="TooLargeException">The announced length is above the limit.</exception>
    public async Task<TransportResponse> OpenAsync(CancellationToken ct)
    {
        TransportResponse? response = null;
        await _retry.ExecuteAsync(
            async token => response = await AskAroundAsync(address => OpenAtAsync(address, token)),
            ct
        );
        return response!;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is not null)
        {
            throw _failure;
        }

        if (_isAtEnd || buffer.IsEmpty)
        {
            return 0;
        }

        try
        {
            var count = 0;
            await _retry.ExecuteAsync(
                async token => count = await AskAroundAsync(address => ReadAtAsync(address, buffer, token)),
                cancellationToken
            );
            return count;
        }
        catch (TufException error)
        {
            _failure = error;
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            DropBody();
        }

        base.Dispose(disposing);
    }

    // One round: the current address, and those that have not failed in it. Its first error stands for it.
    private async ValueTask<T> AskAroundAsync<T>(Func<Uri, ValueTask<T>> ask)
    {
        TransportException? first = null;
        while (true)
        {
            try
            {
                return await ask(_round.Current);
            }
            catch (TransportException error)
            {
                first ??= error;
                DropBody();
                if (!_round.MoveOn(forGood: !error.IsTransient))
                {
                    throw first;
                }
            }
            catch
            {
                // A read that was cancelled may have taken bytes that nobody got.
                DropBody();
                throw;
            }
        }
    }

    private void DropBody()
    {
        _body?.Dispose();
        _body = null;
    }

    private async ValueTask<TransportResponse> OpenAtAsync(Uri address, CancellationToken ct)
    {
        var answer = await _exchange.SendAsync(address, _request.Offset, _validators, ct);
        if (IsOfAnotherFile(answer))
        {
            // Nothing of it was handed out yet, so that it can be had from its beginning.
            answer.Dispose();
            answer = await _exchange.SendAsync(address, 0, _validators, ct);
        }

        try
        {
            if (answer.IsMissing)
            {
                answer.Dispose();
                return TransportResponse.Missing(answer.Status, address);
            }

            _position = answer.Start;
            Adopt(answer, address);
        }
        catch
        {
            answer.Dispose();
            throw;
        }

        return new TransportResponse(this, answer.Status)
        {
            Address = address,
            Offset = answer.Start,
            Length = answer.Total,
            Validator = answer.Validator,
        };
    }

    private async ValueTask<int> ReadAtAsync(Uri address, Memory<byte> buffer, CancellationToken ct)
    {
        if (_body is null)
        {
            await ContinueAtAsync(address, ct);
        }

        var count = _isAtEnd ? 0 : await _body!.ReadAsync(buffer, ct);
        if (count == 0 && _position < _total)
        {
            throw Failure(address, $"ended after {_position} of {_total} bytes.", isTransient: true);
        }

        _isAtEnd = count == 0;
        _position += count;
        if (_budget.Reached(_position))
        {
            _round.Restart();
        }

        return count;
    }

    private async Task ContinueAtAsync(Uri address, CancellationToken ct)
    {
        var answer = await _exchange.SendAsync(address, _position, _validators, ct);
        try
        {
            // All that there is, of a file whose length was not known: only its end was missing.
            if (answer.IsBeyondEnd && answer.Total == _position && (_total ?? _position) == _position)
            {
                _isAtEnd = true;
                answer.Dispose();
                return;
            }

            if (answer.IsMissing)
            {
                throw Failure(address, "cannot go on: the file is not there any more.");
            }

            var isUntouched = _position == 0;
            if (!isUntouched && (IsOfAnotherFile(answer) || IsContradicted(answer)))
            {
                throw Failure(address, "cannot go on: the file was changed while it was transferred.");
            }

            Adopt(answer, address);
        }
        catch
        {
            answer.Dispose();
            throw;
        }

        // A server without ranges sends the whole file again.
        await SkipAsync(address, _position - answer.Start, ct);
    }

    private bool IsOfAnotherFile(HttpAnswer answer) =>
        answer.IsBeyondEnd || (answer.Status is 206 && IsContradicted(answer));

    private bool IsContradicted(HttpAnswer answer) =>
        _validators.Values.Any(answer.Contradicts) || (answer.Total ?? _total) != (_total ?? answer.Total);

    private void Adopt(HttpAnswer answer, Uri address)
    {
        if (answer.Total > _request.MaxLength)
        {
            throw new TooLargeException(AddressText.Of(address), _request.MaxLength);
        }

        _total = answer.Total ?? (_position == 0 ? null : _total);
        Remember(answer.Validator);
        _body = answer.OpenBody(address, _options);
    }

    private void Remember(FileValidator? validator)
    {
        if (validator is not null)
        {
            _validators[validator.Address] = validator;
        }
    }

    private async Task SkipAsync(Uri address, long count, CancellationToken ct)
    {
        var buffer = new byte[Math.Min(count, SkipBuffer)];
        while (count > 0)
        {
            var read = await _body!.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, buffer.Length)), ct);
            if (read == 0)
            {
                throw Failure(address, "cannot go on: the file has become shorter.");
            }

            count -= read;
        }
    }

    private static TransportException Failure(Uri address, string what, bool isTransient = false)
    {
        var text = AddressText.Of(address);
        return new TransportException(text, $"The transfer of {text} {what}") { IsTransient = isTransient };
    }

    private ResiliencePipeline NewRetry()
    {
        var builder = new ResiliencePipelineBuilder { TimeProvider = _options.Time };
        if (_options.Retries == 0)
        {
            return builder.Build();
        }

        return builder
            .AddRetry(
                new RetryStrategyOptions
                {
                    ShouldHandle = new PredicateBuilder().Handle<TransportException>(_ =>
                        !_round.IsEmpty && _budget.TrySpend(_position)
                    ),
                    MaxRetryAttempts = _options.Retries,
                    BackoffType = DelayBackoffType.Exponential,
                    Delay = _options.RetryDelay,
                    MaxDelay = _options.MaxRetryDelay,
                    UseJitter = true,
                    Randomizer = _options.Jitter,
                }
            )
            .Build();
    }
}
