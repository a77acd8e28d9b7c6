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

    /// <summary>The root that hosts will get soon: everything is signed for them too. Null where none is on its way.</summary>
    public MetadataDocument? NextRoot { get; init; }

    /// <summary>Signatures that are made elsewhere; null where all keys are here.</summary>
    public OfflineSignatures? Offline { get; init; }

    public IReadOnlyList<SigningKey> KeysOf(string role) =>
        role switch
        {
            Roles.Targets => Targets,
            Roles.Snapshot => Snapshot,
            _ => Timestamp,
        };

    /// <summary>The roots whose keys must have signed what is published.</summary>
    public IReadOnlyList<MetadataDocument> RootsFrom(Published now) =>
        NextRoot is null ? [now.Root] : [now.Root, NextRoot];

    /// <summary>Roles that are signed anew although nothing in them changes: targets, and delegated ones.</summary>
    public IReadOnlyList<RolePattern> Renew { get; init; } = [];
}

/// <summary>Versions of the three roles once a publication is visible.</summary>
internal sealed record RoleVersions(long Targets, long Snapshot, long Timestamp)
{
    /// <summary>The delegated roles that were written, with their new versions; the others stayed as they are.</summary>
    public IReadOnlyDictionary<string, long> Delegated { get; init; } = new SortedDictionary<string, long>();

    /// <summary>The role that lacks signatures from elsewhere, so that nothing was published yet; null when nothing is missing.</summary>
    public WaitingRole? Waiting { get; init; }
}

/// <summary>
/// The next state of a repository as signed documents in memory. A rule, without input or output: what it returns satisfies the root's
/// thresholds. Fields and targets that these tools do not know are carried along.
/// </summary>
internal sealed record Publication(MetadataDocument? Targets, MetadataDocument Snapshot, MetadataDocument Timestamp)
{
    /// <param name="targets">The targets of the next state, not signed yet; null when they stay byte for byte.</param>
    /// <param name="delegated">The delegated roles that change.</param>
    /// <returns>Null while a role waits for signatures from elsewhere.</returns>
    public static Publication? Build(
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
            targets = Finish(now, plan, Roles.Targets, targets, versions.Targets, time + plan.TargetsExpires);
            if (plan.Offline is { Waiting: not null })
            {
                return null;
            }

            Name(snapshot, Roles.Targets, targets.Version, targets.ToBytes());
        }

        foreach (var role in delegated)
        {
            Name(snapshot, role.Role, role.Version, role.Bytes);
        }

        snapshot = Finish(now, plan, Roles.Snapshot, snapshot, versions.Snapshot, time + plan.SnapshotExpires);
        if (plan.Offline is { Waiting: not null })
        {
            return null;
        }

        var timestamp = Refresh(now, plan, snapshot, versions.Timestamp, time);
        return plan.Offline is { Waiting: not null } ? null : new Publication(targets, snapshot, timestamp);
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
    public static Publication? Renew(Published now, RoleVersions versions, SigningPlan plan, DateTimeOffset time) =>
        Build(now, null, [], versions, plan, time);

    /// <summary>A new timestamp for a snapshot.</summary>
    public static MetadataDocument Refresh(
        Published now,
        SigningPlan plan,
        MetadataDocument snapshot,
        long version,
        DateTimeOffset time
    )
    {
        var timestamp = Copy(now.Timestamp) ?? MetadataDocument.NewTimestamp(1, time);
        Name(timestamp, Roles.Snapshot, snapshot.Version, snapshot.ToBytes());
        return Finish(now, plan, Roles.Timestamp, timestamp, version, time + plan.TimestampExpires);
    }

    /// <summary>A document of its own, to be changed.</summary>
    public static MetadataDocument? Copy(MetadataDocument? document) =>
        document is null ? null : MetadataDocument.Parse(document.ToBytes());

    private static MetadataDocument Finish(
        Published now,
        SigningPlan plan,
        string role,
        MetadataDocument document,
        long version,
        DateTimeOffset expires
    )
    {
        document.SetVersion(version);
        document.SetExpires(expires);
        var signed = RoleSigner.Sign(plan.RootsFrom(now), role, document, plan.KeysOf(role), plan.Offline);
        ClientLimits.Require(role, signed.ToBytes().Length);
        return signed;
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
