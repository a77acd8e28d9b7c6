using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Tests;

/// <summary>
/// A repository in memory that is its own transport. Tests edit the four documents, publish them, and tamper with what was published:
/// <see cref="Files"/> holds the bytes by name, <see cref="Requests"/> what the client asked for.
/// </summary>
internal sealed class RepositorySimulator : ITransport
{
    public static readonly Uri MetadataUrl = new("memory://repository/metadata");
    public static readonly Uri TargetsUrl = new("memory://repository/targets");

    private readonly Dictionary<string, List<Ed25519Signer>> _signers = new(StringComparer.Ordinal);

    public RepositorySimulator(DateTimeOffset now)
    {
        Expires = now.AddDays(30);
        Root = MetadataDocument.NewRoot(1, Expires);
        Timestamp = MetadataDocument.NewTimestamp(1, Expires);
        Snapshot = MetadataDocument.NewSnapshot(1, Expires);
        Targets = MetadataDocument.NewTargets(1, Expires);
        foreach (var role in (string[])["root", "timestamp", "snapshot", "targets"])
        {
            AddSigner(role);
        }

        PublishRoot();
        TrustAnchor = Files["metadata/1.root.json"];
        PublishTargets();
        PublishSnapshot();
        PublishTimestamp();
    }

    public DateTimeOffset Expires { get; }

    public MetadataDocument Root { get; }

    public MetadataDocument Timestamp { get; }

    public MetadataDocument Snapshot { get; }

    public MetadataDocument Targets { get; }

    public byte[] TrustAnchor { get; }

    /// <summary>Whether timestamp and snapshot carry lengths and digests of what they announce.</summary>
    public bool WithDigests { get; set; }

    /// <summary>The roles that are delegated to, by name.</summary>
    public Dictionary<string, MetadataDocument> Delegated { get; } = new(StringComparer.Ordinal);

    /// <summary>Said by the next root, and followed in the names of what is published from then on.</summary>
    public bool IsConsistent
    {
        get => (bool)Root.Signed["consistent_snapshot"]!;
        set => Root.Signed["consistent_snapshot"] = value;
    }

    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    public List<string> Requests { get; } = [];

    /// <summary>Answers other than the file, by name; 403 and 410 count as missing.</summary>
    public Dictionary<string, int> Statuses { get; } = new(StringComparer.Ordinal);

    public Ed25519Signer AddSigner(string role)
    {
        var signer = Ed25519Signer.Generate();
        if (!_signers.TryGetValue(role, out var signers))
        {
            _signers[role] = signers = [];
        }

        signers.Add(signer);
        Root.AddKey(role, signer.PublicKey);
        return signer;
    }

    /// <summary>Makes a delegation with a key of its own; the role is made with the first one.</summary>
    public Ed25519Signer Delegate(
        string delegator,
        string role,
        string[]? paths = null,
        bool terminating = false,
        string[]? prefixes = null
    )
    {
        var signer = NewDelegatedSigner(role);
        var keyId = signer.PublicKey.ComputeKeyId();
        var delegations = DelegationsOf(delegator);
        delegations["keys"]![keyId] = JsonNode.Parse(signer.PublicKey.ToJson());
        var edge = new JsonObject
        {
            ["name"] = role,
            ["keyids"] = new JsonArray(keyId),
            ["threshold"] = 1,
            ["terminating"] = terminating,
        };
        if (prefixes is null)
        {
            edge["paths"] = new JsonArray([.. (paths ?? ["*"]).Select(path => (JsonNode)path)]);
        }
        else
        {
            edge["path_hash_prefixes"] = new JsonArray([.. prefixes.Select(prefix => (JsonNode)prefix)]);
        }

        if (delegations["roles"] is null)
        {
            delegations["roles"] = new JsonArray();
        }

        ((JsonArray)delegations["roles"]!).Add((JsonNode)edge);
        return signer;
    }

    /// <summary>Delegates everything to bins, which are made as they are named.</summary>
    public void DelegateToBins(int bitLength, string prefix, params string[] bins)
    {
        var signer = Ed25519Signer.Generate();
        foreach (var bin in bins)
        {
            Delegated[bin] = MetadataDocument.NewTargets(1, Expires);
            _signers[bin] = [signer];
        }

        var keyId = signer.PublicKey.ComputeKeyId();
        var delegations = DelegationsOf("targets");
        delegations["keys"]![keyId] = JsonNode.Parse(signer.PublicKey.ToJson());
        delegations["succinct_roles"] = new JsonObject
        {
            ["keyids"] = new JsonArray(keyId),
            ["threshold"] = 1,
            ["bit_length"] = bitLength,
            ["name_prefix"] = prefix,
        };
    }

    public IReadOnlyList<Ed25519Signer> SignersOf(string role) => _signers[role];

    /// <summary>Replaces all keys of a role; the old keys still sign the next root.</summary>
    public void RotateKeys(string role)
    {
        foreach (var old in _signers[role])
        {
            Root.RemoveKey(role, old.PublicKey.ComputeKeyId());
        }

        var former = _signers[role].ToArray();
        _signers[role].Clear();
        AddSigner(role);
        if (role is "root")
        {
            _formerRootSigners = former;
        }
    }

    private Ed25519Signer[] _formerRootSigners = [];

    public void PublishRoot()
    {
        SignAll(Root, "root");
        foreach (var former in _formerRootSigners)
        {
            Root.Sign(former);
        }

        _formerRootSigners = [];
        Files[VersionedName(Root)] = Root.ToBytes();
    }

    public void PublishTargets()
    {
        SignAll(Targets, "targets");
        Publish(Targets, Snapshot);
    }

    /// <summary>Signs a delegated role with the keys of all of its delegators.</summary>
    public void PublishDelegated(string role)
    {
        SignAll(Delegated[role], role);
        Publish(Delegated[role], Snapshot, role);
    }

    /// <summary>Every delegated role as it stands, and a next version of everything above.</summary>
    public void PublishDelegations()
    {
        foreach (var role in Delegated.Keys)
        {
            PublishDelegated(role);
        }

        PublishNext();
    }

    public void PublishSnapshot()
    {
        SignAll(Snapshot, "snapshot");
        Publish(Snapshot, Timestamp);
    }

    public void PublishTimestamp()
    {
        SignAll(Timestamp, "timestamp");
        Files["metadata/timestamp.json"] = Timestamp.ToBytes();
    }

    /// <summary>A next version of everything below root.</summary>
    public void PublishNext()
    {
        Bump(Targets);
        PublishTargets();
        PublishNextSnapshot();
    }

    public void PublishNextSnapshot()
    {
        Bump(Snapshot);
        PublishSnapshot();
        PublishNextTimestamp();
    }

    public void PublishNextTimestamp()
    {
        Bump(Timestamp);
        PublishTimestamp();
    }

    public void PublishNextRoot()
    {
        Bump(Root);
        PublishRoot();
    }

    public static void Bump(MetadataDocument document) => document.SetVersion(document.Version + 1);

    public void AddTarget(string name, byte[] content, string role = "targets")
    {
        var digest = Sha256(content);
        var target = new TargetName(name);
        DocumentOf(role).SetTarget(target, content.Length, digest);
        var prefix = IsConsistent ? digest + "." : "";
        Files["targets/" + Uri.UnescapeDataString(target.ToUrlPath(prefix))] = content;
    }

    public static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>Replaces text within a published file, whatever the signatures say then.</summary>
    public void Tamper(string file, string oldText, string newText)
    {
        var text = Encoding.UTF8.GetString(Files[file]);
        Xunit.Assert.Contains(oldText, text, StringComparison.Ordinal);
        Files[file] = Encoding.UTF8.GetBytes(text.Replace(oldText, newText, StringComparison.Ordinal));
    }

    public Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        var name = Uri.UnescapeDataString(request.Addresses[0].AbsolutePath)["/".Length..];
        Requests.Add(name);
        if (Statuses.TryGetValue(name, out var status))
        {
            return Task.FromResult(TransportResponse.Missing(status));
        }

        return Task.FromResult(
            Files.TryGetValue(name, out var bytes)
                ? new TransportResponse(new MemoryStream(bytes), 200)
                : TransportResponse.Missing(404)
        );
    }

    public void SignAll(MetadataDocument document, string role)
    {
        document.ClearSignatures();
        foreach (var signer in _signers[role])
        {
            document.Sign(signer);
        }
    }

    private void Publish(MetadataDocument document, MetadataDocument announcer, string? role = null)
    {
        var bytes = document.ToBytes();
        Files[VersionedName(document, role)] = bytes;
        announcer.SetMeta(
            $"{role ?? document.Type}.json",
            document.Version,
            WithDigests ? bytes.Length : null,
            WithDigests ? Sha256(bytes) : null
        );
    }

    private MetadataDocument DocumentOf(string role) => role is "targets" ? Targets : Delegated[role];

    private JsonObject DelegationsOf(string role)
    {
        var signed = DocumentOf(role).Signed;
        if (signed["delegations"] is null)
        {
            signed["delegations"] = new JsonObject { ["keys"] = new JsonObject() };
        }

        return (JsonObject)signed["delegations"]!;
    }

    private Ed25519Signer NewDelegatedSigner(string role)
    {
        if (!Delegated.ContainsKey(role))
        {
            Delegated[role] = MetadataDocument.NewTargets(1, Expires);
            _signers[role] = [];
        }

        var signer = Ed25519Signer.Generate();
        _signers[role].Add(signer);
        return signer;
    }

    private string VersionedName(MetadataDocument document, string? role = null)
    {
        var version = document.Version.ToString(CultureInfo.InvariantCulture) + ".";
        return $"metadata/{(IsConsistent || document.Type is "root" ? version : "")}{role ?? document.Type}.json";
    }
}
