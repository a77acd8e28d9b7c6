using System.Security.Cryptography;
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
);

/// <summary>Versions of the three roles once a publication is visible.</summary>
internal sealed record RoleVersions(long Targets, long Snapshot, long Timestamp);

/// <summary>
/// The next state of a repository as signed documents in memory. A rule, without input or output: what it returns satisfies the root's
/// thresholds. Fields and targets that these tools do not know are carried along.
/// </summary>
internal sealed record Publication(MetadataDocument Targets, MetadataDocument Snapshot, MetadataDocument Timestamp)
{
    /// <param name="files">Every target of the next state; targets of <paramref name="dropped"/> leave it.</param>
    public static Publication Build(
        Published now,
        IReadOnlyDictionary<string, DraftFile> files,
        IReadOnlySet<string> dropped,
        RoleVersions versions,
        SigningPlan plan,
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

        Finish(now.Root, Roles.Targets, targets, versions.Targets, time + plan.TargetsExpires, plan.Targets);

        var snapshot = Copy(now.Snapshot) ?? MetadataDocument.NewSnapshot(1, time);
        Name(snapshot, "targets.json", targets);
        Finish(now.Root, Roles.Snapshot, snapshot, versions.Snapshot, time + plan.SnapshotExpires, plan.Snapshot);

        return new Publication(
            targets,
            snapshot,
            Refresh(now, snapshot, versions.Timestamp, time + plan.TimestampExpires, plan.Timestamp)
        );
    }

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
        Name(timestamp, "snapshot.json", snapshot);
        Finish(now.Root, Roles.Timestamp, timestamp, version, expires, keys);
        return timestamp;
    }

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
    }

    /// <summary>Length and digest too: a reader then notices any other file under the same version.</summary>
    private static void Name(MetadataDocument document, string name, MetadataDocument named)
    {
        var bytes = named.ToBytes();
        document.SetMeta(name, named.Version, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private static MetadataDocument? Copy(MetadataDocument? document) =>
        document is null ? null : MetadataDocument.Parse(document.ToBytes());
}
