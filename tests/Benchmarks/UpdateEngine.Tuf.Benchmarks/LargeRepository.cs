using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Benchmarks;

/// <summary>Where the targets are listed.</summary>
public enum Layout
{
    /// <summary>All in the top-level targets role.</summary>
    One,

    /// <summary>In 1,024 delegated roles, by the SHA-256 of their names.</summary>
    Bins,
}

/// <summary>
/// The metadata of a repository with very many targets of about 170 bytes each, the same for the same arguments but for its keys. Its own
/// transport, so that a benchmark measures no network.
/// </summary>
internal sealed class LargeRepository : ITransport
{
    public static readonly Uri Metadata = new("memory://repository/metadata/");
    public static readonly Uri Targets = new("memory://repository/targets/");

    private const int Bins = 1024;
    private const int PrefixDigits = 3; // 4,096 prefixes, four a bin
    private static readonly DateTimeOffset s_expires = new(2099, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    private LargeRepository(byte[] trustAnchor) => TrustAnchor = trustAnchor;

    public byte[] TrustAnchor { get; }

    /// <summary>A metadata file.</summary>
    public byte[] this[string name] => _files[$"metadata/{name}"];

    public static LargeRepository Make(int targets, Layout layout, bool indented = false, int targetsKeys = 1)
    {
        var signers = Enumerable.Range(0, targetsKeys).Select(_ => Ed25519Signer.Generate()).ToArray();
        using var other = Ed25519Signer.Generate();
        var root = MetadataDocument.NewRoot(1, s_expires);
        foreach (var role in (string[])[Roles.Root, Roles.Timestamp, Roles.Snapshot])
        {
            root.AddKey(role, other.PublicKey);
        }

        foreach (var signer in signers)
        {
            root.AddKey(Roles.Targets, signer.PublicKey);
        }

        root.Signed["roles"]![Roles.Targets]!["threshold"] = targetsKeys;
        root.Sign(other);
        var repository = new LargeRepository(root.ToBytes());
        repository._files["metadata/1.root.json"] = repository.TrustAnchor;

        var snapshot = MetadataDocument.NewSnapshot(1, s_expires);
        var names = Enumerable.Range(0, targets).Select(Name);
        var inRole = layout is Layout.One ? names : [];
        repository.AddTargets(Roles.Targets, inRole, layout is Layout.Bins ? signers[0] : null, signers, indented);
        if (layout is Layout.Bins)
        {
            var byBin = names.ToLookup(BinOf);
            for (var bin = 0; bin < Bins; bin++)
            {
                repository.AddTargets(RoleOf(bin), byBin[bin], null, signers[..1], indented);
                snapshot.SetMeta($"{RoleOf(bin)}.json", 1);
            }
        }

        repository.Add(snapshot, "1.snapshot.json", other);
        repository.Add(MetadataDocument.NewTimestamp(1, s_expires), "timestamp.json", other);
        return repository;
    }

    /// <summary>The n-th target; its order is the order of the numbers.</summary>
    public static string Name(int n) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"releases/demo-x86_64/{n:0000000}/demo-x86_64-{n:0000000}-root.ext4.zst"
        );

    public void Save(string directory)
    {
        Directory.CreateDirectory(Path.Join(directory, "metadata"));
        foreach (var (name, bytes) in _files)
        {
            File.WriteAllBytes(Path.Join(directory, name), bytes);
        }

        File.WriteAllBytes(Path.Join(directory, "root.json"), TrustAnchor);
    }

    public Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        var address = request.Addresses[0];
        return Task.FromResult(
            _files.TryGetValue(address.AbsolutePath.TrimStart('/'), out var bytes)
                ? new TransportResponse(new MemoryStream(bytes), 200) { Address = address, Length = bytes.Length }
                : TransportResponse.Missing(404, address)
        );
    }

    private void Add(MetadataDocument document, string name, Ed25519Signer signer)
    {
        document.Sign(signer);
        _files[$"metadata/{name}"] = document.ToBytes();
    }

    // Written as tokens: a million targets as a tree of nodes would take gigabytes.
    private void AddTargets(
        string role,
        IEnumerable<string> names,
        Ed25519Signer? binSigner,
        Ed25519Signer[] signers,
        bool indented
    )
    {
        var signed = new MemoryStream();
        using (var json = new Utf8JsonWriter(signed, new JsonWriterOptions { Indented = indented }))
        {
            json.WriteStartObject();
            json.WriteString("_type", "targets");
            if (binSigner is not null)
            {
                json.WritePropertyName("delegations");
                json.WriteRawValue(Delegations(binSigner));
            }

            json.WriteString("expires", Rfc3339Text(s_expires));
            json.WriteString("spec_version", "1.0.34");
            json.WriteStartObject("targets");
            foreach (var name in names)
            {
                WriteTarget(json, name);
            }

            json.WriteEndObject();
            json.WriteNumber("version", 1);
            json.WriteEndObject();
        }

        _files[$"metadata/1.{role}.json"] = Signed(signed.ToArray(), signers);
    }

    private static void WriteTarget(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject(name);
        json.WriteStartObject("hashes");
        json.WriteString("sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
        json.WriteEndObject();
        json.WriteNumber("length", 536_870_912);
        json.WriteEndObject();
    }

    private static byte[] Signed(byte[] signed, Ed25519Signer[] signers)
    {
        var canonical = CanonicalJson.Encode(signed);
        var signatures = new JsonArray([
            .. signers.Select(s =>
                (JsonNode)
                    new JsonObject
                    {
                        ["keyid"] = s.PublicKey.ComputeKeyId(),
                        ["sig"] = Convert.ToHexStringLower(s.Sign(canonical)),
                    }
            ),
        ]);
        return
        [
            .. "{\"signatures\":"u8,
            .. Encoding.UTF8.GetBytes(signatures.ToJsonString()),
            .. ",\"signed\":"u8,
            .. signed,
            .. "}"u8,
        ];
    }

    private static string Delegations(Ed25519Signer signer)
    {
        var keyId = signer.PublicKey.ComputeKeyId();
        var roles = Enumerable
            .Range(0, Bins)
            .Select(bin =>
                (JsonNode)
                    new JsonObject
                    {
                        ["keyids"] = new JsonArray(keyId),
                        ["name"] = RoleOf(bin),
                        ["path_hash_prefixes"] = new JsonArray([.. PrefixesOf(bin).Select(p => (JsonNode)p)]),
                        ["terminating"] = false,
                        ["threshold"] = 1,
                    }
            );
        return new JsonObject
        {
            ["keys"] = new JsonObject { [keyId] = JsonNode.Parse(signer.PublicKey.ToJson()) },
            ["roles"] = new JsonArray([.. roles]),
        }.ToJsonString();
    }

    private static string RoleOf(int bin) => string.Create(CultureInfo.InvariantCulture, $"bin-{bin:x3}");

    private static IEnumerable<string> PrefixesOf(int bin)
    {
        var count = (1 << (4 * PrefixDigits)) / Bins;
        return Enumerable.Range(bin * count, count).Select(n => n.ToString("x3", CultureInfo.InvariantCulture));
    }

    // The first ten bits of the digest.
    private static int BinOf(string name)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(name));
        return digest[0] << 2 | digest[1] >> 6;
    }

    private static string Rfc3339Text(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
