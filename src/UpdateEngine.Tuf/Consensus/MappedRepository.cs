using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>One repository of the map: its addresses, asked in their order, and its own store.</summary>
internal sealed class MappedRepository
{
    private readonly MirrorClient[] _mirrors;

    public MappedRepository(MapRepository repository, MultiRepositoryOptions options, TimeProvider time)
    {
        Name = repository.Name;
        var directory = DirectoryOf(options.MetadataDirectory, Name);
        _mirrors =
        [
            .. repository.Urls.Select(url => new MirrorClient(
                new TufClientOptions
                {
                    TrustedRoot = options.TrustedRoots[repository.Name],
                    MetadataDirectory = directory,
                    Transport = options.Transport,
                    MetadataUrl = options.MetadataUrl(url),
                    TargetsUrl = options.TargetsUrl(url),
                    Time = time,
                    ClockFloor = options.ClockFloor,
                    Limits = options.Limits,
                }
            )),
        ];
    }

    public string Name { get; }

    public IEnumerable<string> Warnings => _mirrors.SelectMany(mirror => mirror.Warnings).Select(w => $"{Name}: {w}");

    /// <summary>
    /// CVE-2026-24686: the name is never a path. Its digest has one length and one alphabet, so that no name climbs, is absolute, too long,
    /// or the same as another one on a file system that ignores case.
    /// </summary>
    public static string DirectoryOf(string parent, string name) =>
        Path.Join(parent, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));

    public void Forget()
    {
        foreach (var mirror in _mirrors)
        {
            mirror.Forget();
        }
    }

    /// <summary>The answer of the first address that has one; a refusal is an answer, too.</summary>
    public async Task<RepositoryAnswer> AskAsync(TargetName target, CancellationToken ct)
    {
        TufException? failure = null;
        foreach (var mirror in _mirrors)
        {
            try
            {
                var client = await mirror.RefreshedAsync(ct);
                return new RepositoryAnswer(Name, await client.FindTargetAsync(target, ct), null);
            }
            catch (TufException error)
            {
                // The main address's failure says most.
                failure ??= error;
            }
        }

        return new RepositoryAnswer(Name, null, failure);
    }

    /// <summary>A client for each address, to open targets with; none is asked for anything here.</summary>
    public IEnumerable<(Uri Url, Func<TufClient> Open)> Sources() =>
        _mirrors.Select(mirror => (mirror.MetadataUrl, (Func<TufClient>)mirror.Open));
}
