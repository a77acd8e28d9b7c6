using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>
/// A client of several repositories, each with a root of trust of its own, that takes a target only when as many of them agree on it as a
/// map file says (TAP 4). A repository that fails, because it cannot be reached, has expired or breaks a rule, does not agree; what went
/// wrong is in the answers.
///
/// <para>Not for use by several threads at once. Every error is a <see cref="TufException"/>.</para>
/// </summary>
public sealed class MultiRepositoryClient
{
    private readonly RepositoryMap _map;
    private readonly string _directory;
    private readonly RefreshClock _clock;
    private readonly Dictionary<string, MappedRepository> _repositories;

    /// <summary>Makes no request, and writes nothing.</summary>
    /// <exception cref="ArgumentException">A repository of the map has no trust anchor.</exception>
    public MultiRepositoryClient(MultiRepositoryOptions options)
    {
        if (options.Map.Repositories.FirstOrDefault(r => !options.TrustedRoots.ContainsKey(r.Name)) is { } without)
        {
            throw new ArgumentException($"The repository '{without.Name}' has no trust anchor.", nameof(options));
        }

        _map = options.Map;
        _directory = options.MetadataDirectory;
        _clock = new RefreshClock(options.Time);
        _repositories = _map.Repositories.ToDictionary(
            repository => repository.Name,
            repository => new MappedRepository(repository, options, _clock),
            StringComparer.Ordinal
        );
    }

    /// <summary>What a person should know although it worked, each with the name of its repository: see <see cref="RefreshResult"/>.</summary>
    public IReadOnlyList<string> Warnings => [.. _repositories.Values.SelectMany(repository => repository.Warnings)];

    /// <summary>
    /// Where a repository's trusted metadata lies: a directory that is called by the SHA-256 of the repository's name, so that no name leads
    /// elsewhere or to another repository's.
    /// </summary>
    public string DirectoryOf(string repository) => MappedRepository.DirectoryOf(_directory, repository);

    /// <summary>
    /// From here on expiry is judged at a new time, and every repository is refreshed again when it is asked next. Makes no request itself.
    /// </summary>
    public void BeginRefresh()
    {
        _clock.Read();
        foreach (var repository in _repositories.Values)
        {
            repository.Forget();
        }
    }

    /// <summary>
    /// Asks the repositories of each mapping that the target matches, all of a mapping at a time, until those of one agree. A repository is
    /// refreshed when it is asked first, and not again before <see cref="BeginRefresh"/>.
    /// </summary>
    /// <returns>Null when no mapping is for the target, or all who were asked answered that they have no such target.</returns>
    /// <exception cref="NoAgreementException">Some have it or failed, and in no mapping do enough agree.</exception>
    public async Task<AgreedTarget?> FindTargetAsync(TargetName name, CancellationToken ct)
    {
        var failed = new List<FailedMapping>();
        foreach (var (index, mapping) in _map.Mappings.Index().Where(m => m.Item.IsFor(name)))
        {
            var answers = await Task.WhenAll(mapping.Repositories.Select(r => _repositories[r].AskAsync(name, ct)));
            if (Agreement.Find(answers, mapping.Threshold) is { } agreed)
            {
                return new AgreedTarget(agreed.Target, mapping, agreed.Members, answers);
            }

            failed.Add(new FailedMapping(index + 1, mapping.Threshold, answers));
            if (mapping.Terminating)
            {
                break;
            }
        }

        var isUnknown = failed.SelectMany(mapping => mapping.Answers).All(a => a.Target is null && a.Failure is null);
        return isUnknown ? null : throw new NoAgreementException(name.Value, failed);
    }

    /// <summary>
    /// Opens a target at the first agreeing repository (and address) that has it. The caller reads, then calls
    /// <see cref="VerifiedStream.CompleteAsync"/>, and only then believes. What fails later is not asked for elsewhere:
    /// <see cref="CopyTargetAsync"/> does that.
    /// </summary>
    /// <exception cref="TransportException">Nobody has it; the message names every repository and why.</exception>
    public async Task<VerifiedStream> OpenTargetAsync(AgreedTarget target, CancellationToken ct)
    {
        VerifiedStream? opened = null;
        await TryEachAsync(
            target,
            stream =>
            {
                opened = stream;
                return Task.CompletedTask;
            },
            ct
        );
        return opened!;
    }

    /// <summary>Copies a target, verified, from the first agreeing repository (and address) that delivers it whole.</summary>
    /// <param name="target">From <see cref="FindTargetAsync"/>.</param>
    /// <param name="destination">One that can seek: what a broken transfer wrote is cut off again. Its own errors end the copying.</param>
    /// <param name="ct">Stops the transfer.</param>
    /// <exception cref="TransportException">Nobody delivers it; the message names every repository and why.</exception>
    public async Task CopyTargetAsync(AgreedTarget target, Stream destination, CancellationToken ct)
    {
        if (!destination.CanSeek)
        {
            throw new ArgumentException("The stream cannot seek.", nameof(destination));
        }

        var start = destination.Position;
        await TryEachAsync(
            target,
            async stream =>
            {
                await using var _ = stream;
                try
                {
                    await stream.CopyToAsync(destination, ct);
                    await stream.CompleteAsync(ct);
                }
                catch
                {
                    // Nobody finds there what did not verify.
                    destination.SetLength(start);
                    destination.Position = start;
                    throw;
                }
            },
            ct
        );
    }

    private async Task TryEachAsync(AgreedTarget target, Func<VerifiedStream, Task> use, CancellationToken ct)
    {
        var failures = new List<(string Repository, TufException Error)>();
        foreach (var answer in target.Repositories)
        {
            var repository = _repositories[answer.Repository];
            for (var attempt = 1; attempt <= repository.Addresses; attempt++)
            {
                var isOpen = false;
                try
                {
                    var stream = await OpenAsync(repository.Open(), answer, target, ct);
                    isOpen = true;
                    await use(stream);
                    return;
                }
                catch (TufException error)
                {
                    failures.Add((repository.Name, error));
                }

                // An address whose bytes were refused is asked last from then on; where nothing opens, all have been asked.
                if (!isOpen)
                {
                    break;
                }
            }
        }

        var name = target.Target.Name;
        var reasons = failures
            .Select(failure => $"'{failure.Repository}': {failure.Error.Message.TrimEnd('.')}")
            .Distinct();
        throw new TransportException(
            name,
            $"Nobody delivers {name}: {string.Join("; ", reasons)}.",
            inner: failures[0].Error
        );
    }

    // Asked for as this repository describes it, for its first digest may be part of the file's name there; and verified against all that
    // was agreed on.
    private static async Task<VerifiedStream> OpenAsync(
        TufClient client,
        RepositoryAnswer answer,
        AgreedTarget target,
        CancellationToken ct
    )
    {
        var (name, length, hashes, _) = target.Target;
        return new VerifiedStream(await client.OpenTargetAsync(answer.Target!, ct), name, length, hashes);
    }
}
