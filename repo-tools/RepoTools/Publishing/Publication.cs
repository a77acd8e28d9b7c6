using System.Security.Cryptography;
using System.Text.Json.Nodes;
using RepoTools.Delegating;
using RepoTools.Keys;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>Keys by role, and how long what they sign holds.</summary>
internal sealed record SigningPlan(
    IReadOnlyList<SigningKey> Targets,
    IReadOnlyList<SigningKey> Snapshot,
    IReadOnlyList<SigningKey> Timestamp,
    TimeSpan TargetsExpires,
    TimeSpan SnapshotExpires,
    TimeSpan TimestampExpires
)
{
    /// <summary>The keys of delegated roles.</summary>
    public RoleKeyRing RoleKeys { get; init; } = RoleKeyRing.Empty;

    public RoleExpiries RoleExpires { get; init; } = RoleExpiries.Standard;

    /// <summary>Roles that are signed anew although nothing in them changes: targets, and delegated ones.</summary>
    public IReadOnlyList<RolePattern> Renew { get; init; } = [];
}

/// <summary>Versions of the three roles once a publication is visible.</summary>
internal sealed record RoleVersions(long Targets, long Snapshot, long Timestamp)
{
    /// <summary>The delegated roles that were written, with their new versions; the others stayed as they are.</summary>
    public IReadOnlyDictionary<string, long> Delegated { get; init; } = new SortedDictionary<string, long>();
}

/// <summary>
/// The next state of a repository as signed documents in memory. A rule, without input or output: what it returns satisfies the root's
/// thresholds. Fields and targets that these tools do not know are carried along.
/// </summary>
internal sealed record Publication(MetadataDocument? Targets, MetadataDocument Snapshot, MetadataDocument Timestamp)
{
    /// <param name="targets">The targets of the next state, not signed yet; null when they stay byte for byte.</param>
    /// <param name="delegated">The delegated roles that change.</param>
    public static Publication Build(
        Published now,
        MetadataDocument? targets,
        IReadOnlyList<RoleFile> delegated,
        RoleVersions versions,
        SigningPlan plan,
        DateTimeOffset time
    )
    {
        // What the snapshot lists already stays listed, even a role that nobody delegates to any more: to a client that has seen it, a snapshot
        // without it is a rollback (5.5.5), and the client would refuse the whole repository.
        var snapshot = Copy(now.Snapshot) ?? MetadataDocument.NewSnapshot(1, time);
        if (targets is not null)
        {
            Finish(now.Root, Roles.Targets, targets, versions.Targets, time + plan.TargetsExpires, plan.Targets);
            Name(snapshot, Roles.Targets, targets.Version, targets.ToBytes());
        }

        foreach (var role in delegated)
        {
            Name(snapshot, role.Role, role.Version, role.Bytes);
        }

        Finish(now.Root, Roles.Snapshot, snapshot, versions.Snapshot, time + plan.SnapshotExpires, plan.Snapshot);
        return new Publication(
            targets,
            snapshot,
            Refresh(now, snapshot, versions.Timestamp, time + plan.TimestampExpires, plan.Timestamp)
        );
    }

    /// <summary>The published targets with a release's files and the draft's other changes, not signed.</summary>
    /// <param name="files">Every file that is new or changed; targets of <paramref name="dropped"/> leave it.</param>
    /// <param name="draft">Changes of delegations and of targets that belong to no release.</param>
    /// <returns>Null when nothing changes.</returns>
    public static MetadataDocument? NextTargets(
        Published now,
        IReadOnlyDictionary<string, DraftFile> files,
        IReadOnlySet<string> dropped,
        DraftRoles draft,
        DateTimeOffset time
    )
    {
        var targets = Copy(now.Targets) ?? MetadataDocument.NewTargets(1, time);
        foreach (var name in dropped)
        {
            targets.RemoveTarget(new TargetName(name));
        }

        foreach (var (name, file) in files)
        {
            targets.SetTarget(new TargetName(name), file.Length, file.Sha256);
        }

        RoleEdits.Apply(targets, Roles.Targets, draft);
        return now.Targets is not null && JsonNode.DeepEquals(now.Targets.Signed, targets.Signed) ? null : targets;
    }

    /// <summary>A new snapshot for the targets that are published, and its timestamp.</summary>
    public static Publication Renew(Published now, RoleVersions versions, SigningPlan plan, DateTimeOffset time) =>
        Build(now, null, [], versions, plan, time);

    /// <summary>A new timestamp for a snapshot.</summary>
    public static MetadataDocument Refresh(
        Published now,
        MetadataDocument snapshot,
        long version,
        DateTimeOffset expires,
        IReadOnlyList<SigningKey> keys
    )
    {
        var timestamp = Copy(now.Timestamp) ?? MetadataDocument.NewTimestamp(1, expires);
        Name(timestamp, Roles.Snapshot, snapshot.Version, snapshot.ToBytes());
        Finish(now.Root, Roles.Timestamp, timestamp, version, expires, keys);
        return timestamp;
    }

    /// <summary>A document of its own, to be changed.</summary>
    public static MetadataDocument? Copy(MetadataDocument? document) =>
        document is null ? null : MetadataDocument.Parse(document.ToBytes());

    private static void Finish(
        MetadataDocument root,
        string role,
        MetadataDocument document,
        long version,
        DateTimeOffset expires,
        IReadOnlyList<SigningKey> keys
    )
    {
        document.SetVersion(version);
        document.SetExpires(expires);
        RoleSigner.Sign(root, role, document, keys);
        ClientLimits.Require(role, document.ToBytes().Length);
    }

    /// <summary>Length and digest too: a reader then notices any other file under the same version.</summary>
    private static void Name(MetadataDocument document, string role, long version, byte[] bytes) =>
        document.SetMeta(
            PublishedRoles.FileOf(role),
            version,
            bytes.Length,
            Convert.ToHexStringLower(SHA256.HashData(bytes))
        );
}
