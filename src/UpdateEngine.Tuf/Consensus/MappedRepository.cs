using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>One repository of the map: its addresses, asked in their order, and its own store.</summary>
internal sealed class MappedRepository
{
    private readonly TufClientOptions _options;
    private TufClient? _client;
    private TufException? _failure;
    private bool _isAsked;

    public MappedRepository(MapRepository repository, MultiRepositoryOptions options, TimeProvider time)
    {
        Name = repository.Name;
        RepositoryMirror[] addresses =
        [
            .. repository.Urls.Select(url => new RepositoryMirror(options.MetadataUrl(url), options.TargetsUrl(url))),
        ];
        Addresses = addresses.Length;
        _options = new TufClientOptions
        {
            TrustedRoot = options.TrustedRoots[Name],
            MetadataDirectory = DirectoryOf(options.MetadataDirectory, Name),
            Transport = options.Transport,
            MetadataUrl = addresses[0].MetadataUrl,
            TargetsUrl = addresses[0].TargetsUrl,
            Mirrors = addresses[1..],
            Time = time,
            ClockFloor = options.ClockFloor,
            Limits = options.Limits,
        };
    }

    public string Name { get; }

    /// <summary>How many there are.</summary>
    public int Addresses { get; }

    public IEnumerable<string> Warnings =>
        _isAsked && _client is not null ? _client.Warnings.Select(w => $"{Name}: {w}") : [];

    /// <summary>
    /// CVE-2026-24686: the name is never a path. Its digest has one length and one alphabet, so that no name climbs, is absolute, too long,
    /// or the same as another one on a file system that ignores case.
    /// </summary>
    public static string DirectoryOf(string parent, string name) =>
        Path.Join(parent, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));

    /// <summary>The next question comes after a new refresh.</summary>
    public void Forget() => (_isAsked, _failure) = (false, null);

    /// <summary>To open targets with; makes no request.</summary>
    public TufClient Open() => _client ??= TufClient.Open(_options);

    /// <summary>Refreshes the first time. A refusal is an answer too, and a failed refresh final until <see cref="Forget"/>.</summary>
    public async Task<RepositoryAnswer> AskAsync(TargetName target, CancellationToken ct)
    {
        try
        {
            var client = await RefreshedAsync(ct);
            return new RepositoryAnswer(Name, await client.FindTargetAsync(target, ct), null);
        }
        catch (TufException error)
        {
            return new RepositoryAnswer(Name, null, error);
        }
    }

    private async Task<TufClient> RefreshedAsync(CancellationToken ct)
    {
        if (!_isAsked)
        {
            try
            {
                await Open().RefreshAsync(ct);
            }
            catch (TufException error)
            {
                _failure = error;
            }

            _isAsked = true;
        }

        return _failure is null ? _client! : throw _failure;
    }
}
