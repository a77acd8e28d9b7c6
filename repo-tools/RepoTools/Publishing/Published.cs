using System.Security.Cryptography;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>What a reader of the repository finds now: the newest root, and what timestamp.json leads to. Nothing but the root in a new repository.</summary>
internal sealed record Published(
    MetadataDocument Root,
    MetadataDocument? Timestamp,
    MetadataDocument? Snapshot,
    MetadataDocument? Targets
)
{
    public const string Damaged = "Restore the file from a copy of the repository.";

    /// <summary>How the publisher comes to trust <see cref="Root"/>.</summary>
    public required TrustedChain Chain { get; init; }

    /// <summary>Role to digest of what was published when the newest root took its keys away.</summary>
    public IReadOnlyDictionary<string, string> Carried { get; init; } =
        new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>True where the publisher vouches for those who held the keys of former roots.</summary>
    public bool AcceptsFormerKeys { get; init; }

    /// <summary>What is published of the three roles.</summary>
    public IEnumerable<(string Role, MetadataDocument Document)> Documents =>
        new (string Role, MetadataDocument? Document)[]
        {
            (Roles.Timestamp, Timestamp),
            (Roles.Snapshot, Snapshot),
            (Roles.Targets, Targets),
        }
            .Where(d => d.Document is not null)
            .Select(d => (d.Role, d.Document!));

    public RootMetadata RootView => Root.ToRoot();

    /// <summary>Name to file; none in a new repository.</summary>
    public IReadOnlyDictionary<string, TargetFile> TargetFiles =>
        Targets is null
            ? new Dictionary<string, TargetFile>(StringComparer.Ordinal)
            : TargetsMetadata.Parse(View(Targets)).Targets;

    public static Published Read(Workspace workspace)
    {
        var limits = new TufLimits();
        RequireRepository(workspace);
        var chain = TrustedChain.Read(workspace);
        if (!File.Exists(workspace.Timestamp))
        {
            return new Published(chain.Newest, null, null, null) { Chain = chain };
        }

        var timestamp = Load(workspace.Timestamp, Roles.Timestamp, limits.TimestampLength);
        var snapshotVersion = TimestampMetadata.Parse(View(timestamp)).Snapshot.Version;
        var snapshot = Load(
            workspace.Versioned(Roles.Snapshot, snapshotVersion),
            Roles.Snapshot,
            limits.SnapshotLength
        );
        var targetsVersion = SnapshotMetadata.Parse(View(snapshot)).Meta["targets.json"].Version;
        var targets = Load(workspace.Versioned(Roles.Targets, targetsVersion), Roles.Targets, limits.TargetsLength);
        return new Published(chain.Newest, timestamp, snapshot, targets)
        {
            Chain = chain,
            Carried = CarriedOver.Read(workspace),
        };
    }

    public static void RequireRepository(Workspace workspace)
    {
        if (workspace.HighestVersion(Roles.Root) == 0)
        {
            throw new UpdateException(
                ErrorCodes.RepositoryMissing,
                $"{workspace.Root} is no repository: it has no root metadata.",
                "Make one with `repo-tools repo create`."
            );
        }
    }

    /// <summary>
    /// What the next publication copies gets new signatures with it: only what the root's keys have signed already may be copied, or whoever can
    /// write to the served directory would have his own targets signed.
    /// </summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.RepositoryInvalid"/>.</exception>
    public void RequireSigned()
    {
        foreach (var (role, document) in Documents)
        {
            if (!RootPublisher.IsSignedBy(Root, role, document) && !IsCarried(role, document))
            {
                RequireFormer(role, document);
            }
        }
    }

    private bool IsCarried(string role, MetadataDocument document) =>
        Carried.TryGetValue(role, out var digest)
        && string.Equals(digest, CarriedOver.DigestOf(document), StringComparison.Ordinal);

    /// <summary>Signed by the keys of a former root, and the publisher vouches for them.</summary>
    private void RequireFormer(string role, MetadataDocument document)
    {
        var former = Chain.Roots.LastOrDefault(root => RootPublisher.IsSignedBy(root, role, document));
        if (former is null)
        {
            var (valid, threshold) = (document.CountValidSignatures(Root, role), RootView.Roles[role].Threshold);
            throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"The published {role} version {document.Version} has {valid} of {threshold} valid signatures by the keys of root version {Root.Version}: somebody changed it.",
                Damaged
            );
        }

        if (!AcceptsFormerKeys)
        {
            throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"The published {role} version {document.Version} is signed by the keys of root version {former.Version} alone, which version {Root.Version} has replaced, and it is not what was published then.",
                "If somebody else may hold the old keys, restore the repository from a copy; if nobody does, run `repo-tools publish` with --accept-former-keys."
            );
        }
    }

    /// <summary>The manifest that hosts read now; an empty one in a new repository.</summary>
    public Manifest ReadManifest(Workspace workspace)
    {
        if (!TargetFiles.TryGetValue(Manifest.DefaultTargetName, out var file))
        {
            return new Manifest();
        }

        var path = workspace.Target(file.Name, Sha256Of(file));
        var bytes = Files.Read(path, Manifest.MaxBytes, Damaged);
        return string.Equals(Convert.ToHexStringLower(SHA256.HashData(bytes)), Sha256Of(file), StringComparison.Ordinal)
            ? Manifest.Parse(bytes)
            : throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"{path} is not what was signed: somebody changed it.",
                Damaged
            );
    }

    public static string Sha256Of(TargetFile file) =>
        file.Hashes.Values.TryGetValue("sha256", out var digest)
            ? digest
            : throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"The target {file.Name} has no sha256.",
                "These tools need one for every target."
            );

    public static Envelope View(MetadataDocument document) => Envelope.Parse(document.Type, document.ToBytes());

    private static MetadataDocument Load(string path, string role, int limit)
    {
        var bytes = Files.Read(path, limit, Damaged);
        try
        {
            var document = MetadataDocument.Parse(bytes);
            return string.Equals(document.Type, role, StringComparison.Ordinal)
                ? document
                : throw new UpdateException(
                    ErrorCodes.RepositoryInvalid,
                    $"{path} holds {document.Type} metadata, not {role}.",
                    Damaged
                );
        }
        catch (TufException e)
        {
            throw new UpdateException(
                ErrorCodes.RepositoryInvalid,
                $"{path} can't be used: {e.Message.TrimEnd('.')}.",
                Damaged,
                e
            );
        }
    }
}
