using System.Runtime.ExceptionServices;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// The mirrors of a repository, in the order in which they are asked. The transport goes on to the next one where a server is in trouble;
/// here it is gone on where an answer came and is refused.
/// </summary>
internal sealed class MirrorList
{
    private readonly ITransport _transport;
    private readonly List<RepositoryMirror> _order;

    public MirrorList(TufClientOptions options)
    {
        _transport = options.Transport;
        var main = new RepositoryMirror(options.MetadataUrl, options.TargetsUrl);
        _order = [.. options.Mirrors.Prepend(main).Distinct()];
    }

    /// <summary>Which mirrors were passed over, and why.</summary>
    public List<string> Warnings { get; set; } = [];

    /// <summary>Asks one mirror after the other until an answer is taken; its mirror is asked first from then on.</summary>
    /// <param name="addressOf">Where a mirror has the file.</param>
    /// <param name="limit">Of the whole file, in bytes.</param>
    /// <param name="resume">From where on it is wanted; null for all of it.</param>
    /// <param name="take">Owns the answer; throws, and has changed nothing, when it refuses it.</param>
    /// <param name="ct">Stops it.</param>
    /// <exception cref="TufException">No answer was good enough: the first reason.</exception>
    public async Task<T> AskAsync<T>(
        Func<RepositoryMirror, Uri> addressOf,
        long limit,
        ResumePoint? resume,
        Func<MirrorAnswer, Task<T>> take,
        CancellationToken ct
    )
    {
        var candidates = _order.ToArray();
        TufException? first = null;
        while (true)
        {
            Uri[] addresses = [.. candidates.Select(addressOf)];
            int? source = null;
            try
            {
                var response = await _transport.OpenAsync(
                    new TransportRequest(addresses, limit)
                    {
                        Offset = resume?.Offset ?? 0,
                        Validator = resume?.Validator,
                    },
                    ct
                );
                source = IndexOf(addresses, address => address == response.Address);
                var (mirror, uri) = (candidates[source.Value], addresses[source.Value]);
                var taken = await take(new MirrorAnswer(response, uri, error => PassOver(mirror, uri, error)));
                Prefer(mirror);
                return taken;
            }
            catch (TufException error) when (IsMirrorsFault(error))
            {
                first ??= error;
                // Without a source all of them were asked in vain, unless one announced too much.
                source ??=
                    error is TooLargeException
                        ? IndexOf(addresses, address => AddressText.Of(address) == error.Subject)
                        : null;
                if (source is not { } refused || candidates.Length == 1)
                {
                    ExceptionDispatchInfo.Throw(first);
                    throw;
                }

                PassOver(candidates[refused], addresses[refused], error);
                candidates = [.. candidates[(refused + 1)..], .. candidates[..refused]];
            }
        }
    }

    /// <summary>What the preferred mirror says is not wrong, but too old: the next refresh starts elsewhere.</summary>
    public void DemotePreferred() => Demote(_order[0]);

    private void PassOver(RepositoryMirror mirror, Uri uri, TufException error)
    {
        if (_order.Count > 1)
        {
            Warnings.Add($"mirror: {AddressText.Of(uri)} was passed over: {error.Message}");
            Demote(mirror);
        }
    }

    private void Prefer(RepositoryMirror mirror)
    {
        _order.Remove(mirror);
        _order.Insert(0, mirror);
    }

    private void Demote(RepositoryMirror mirror)
    {
        _order.Remove(mirror);
        _order.Add(mirror);
    }

    // What is wrong with this host no mirror can mend.
    private static bool IsMirrorsFault(TufException error) =>
        error is not (StoreCorruptException or StoreFailedException or CryptographyUnavailableException);

    private static int IndexOf(Uri[] addresses, Predicate<Uri> isMeant) =>
        Math.Max(Array.FindIndex(addresses, isMeant), 0);
}

/// <summary>What a mirror answered.</summary>
/// <param name="Uri">The file's address there.</param>
/// <param name="Refuse">To be called when its bytes turn out wrong later.</param>
internal sealed record MirrorAnswer(TransportResponse Response, Uri Uri, Action<TufException> Refuse);
