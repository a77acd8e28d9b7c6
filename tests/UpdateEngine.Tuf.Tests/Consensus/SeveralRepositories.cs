using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Consensus;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Tests.Consensus;

/// <summary>Simulated repositories a, b, c at memory://a and so on; each with a mirror at memory://a-mirror that has the same files.</summary>
internal sealed class SeveralRepositories : ITransport, IDisposable
{
    private readonly Dictionary<string, RepositorySimulator> _repositories = new(StringComparer.Ordinal);
    private readonly TemporaryDirectory _directory = new();

    public SeveralRepositories()
    {
        foreach (var name in (string[])["a", "b", "c"])
        {
            _repositories[name] = new RepositorySimulator(Time.GetUtcNow());
        }
    }

    public ManualTime Time { get; } = new();

    public TemporaryDirectory Directory => _directory;

    /// <summary>Hosts that do not answer.</summary>
    public HashSet<string> Down { get; } = new(StringComparer.Ordinal);

    public List<string> Hosts { get; } = [];

    /// <summary>Called before each answer.</summary>
    public Action<Uri> OnRequest { get; set; } = _ => { };

    public RepositorySimulator this[string name] => _repositories[name];

    /// <summary>The same target in each of these, listed with the digests that are named.</summary>
    public void AddTarget(string repositories, string name, string content, params string[] algorithms)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        foreach (var repository in repositories.Select(letter => _repositories[letter.ToString()]))
        {
            repository.AddTarget(name, bytes);
            var hashes = new JsonObject();
            foreach (var algorithm in algorithms.DefaultIfEmpty("sha256"))
            {
                var digest = Convert.ToHexStringLower(
                    CryptographicOperations.HashData(new HashAlgorithmName(algorithm.ToUpperInvariant()), bytes)
                );
                hashes[algorithm] = digest;
                repository.Files[$"targets/{digest}.{name}"] = bytes;
            }

            repository.Targets.Signed["targets"]![name]!["hashes"] = hashes;
            repository.PublishNext();
        }
    }

    /// <param name="mappings">"*.img: a b c, 2" and a final "!" where it terminates.</param>
    public MultiRepositoryClient Open(params string[] mappings) => Open(NewMap(mappings));

    public MultiRepositoryClient Open(RepositoryMap map) =>
        new(
            new MultiRepositoryOptions
            {
                Map = map,
                TrustedRoots = _repositories.ToDictionary(r => r.Key, r => r.Value.TrustAnchor, StringComparer.Ordinal),
                MetadataDirectory = _directory.Path,
                Transport = this,
                Time = Time,
            }
        );

    public static RepositoryMap NewMap(params string[] mappings)
    {
        var lines = mappings.Select(line =>
        {
            var parts = line.TrimEnd('!').Split([": ", ", "], StringSplitOptions.None);
            return new
            {
                paths = parts[0].Split(' '),
                repositories = parts[1].Split(' '),
                threshold = int.Parse(parts[2]),
                terminating = line.EndsWith('!'),
            };
        });
        var repositories = ((string[])["a", "b", "c"]).ToDictionary(
            name => name,
            name => new[] { $"memory://{name}", $"memory://{name}-mirror/" },
            StringComparer.Ordinal
        );
        return RepositoryMap.Parse(JsonSerializer.SerializeToUtf8Bytes(new { repositories, mapping = lines }));
    }

    public Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        TransportException? failure = null;
        foreach (var address in request.Addresses)
        {
            Hosts.Add(address.Host);
            OnRequest(address);
            if (!Down.Contains(address.Host))
            {
                return _repositories[address.Host[..1]].OpenAsync(request with { Addresses = [address] }, ct);
            }

            failure ??= new TransportException(address.Host, $"{address.Host} is down.");
        }

        throw failure!;
    }

    public void Dispose() => _directory.Dispose();
}
