using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using RepoTools.Delegating;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>
/// Makes a draft visible. Everything is signed and checked in memory first; then files appear in an order in which a reader always finds a whole
/// repository, the old or the new: target files, delegated roles, N.targets.json, N.snapshot.json, and timestamp.json last. A publish that was cut off anywhere
/// leaves the old repository, and the next one completes it.
/// </summary>
/// <param name="visible">Told of each file, by its path, once it is where readers see it.</param>
internal sealed class Publisher(Workspace workspace, TimeProvider time, Action<string>? visible = null)
{
    /// <summary>Everything but the writing.</summary>
    public bool IsDryRun { get; init; }

    /// <param name="plan">Keys and expiries.</param>
    /// <param name="acceptFormerKeys">Builds also on what only keys of a former root have signed.</param>
    public RoleVersions Publish(SigningPlan plan, bool acceptFormerKeys = false)
    {
        using var only = PublisherLock.ForChange(workspace, IsDryRun);
        // Read again: another publisher may have finished between the two lines above.
        var now = Published.Read(workspace) with
        {
            AcceptsFormerKeys = acceptFormerKeys,
        };
        if (!IsDryRun)
        {
            now.Chain.Pin(workspace);
        }

        var draft = Draft.Open(workspace, now);
        var roles = RoleView.Open(workspace, now);
        var before = now.ReadManifest(workspace);
        var manifest = draft.Manifest.ToBytes();

        var files = new SortedDictionary<string, DraftFile>(draft.Files, StringComparer.Ordinal)
        {
            [Manifest.DefaultTargetName] = new(manifest.Length, Convert.ToHexStringLower(SHA256.HashData(manifest))),
        };
        var named = Names(draft.Manifest);
        foreach (var unused in draft.Files.Keys.Where(name => !named.Contains(name)))
        {
            files.Remove(unused);
        }

        RequireTargets(now, named, files);
        var dropped = Names(before).Except(named, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);

        var at = time.GetUtcNow();
        var delegated = new DelegatedPublication(
            roles,
            plan,
            role => workspace.FreeVersion(role, roles.Published.VersionOf(role)),
            at
        ).Build();
        var targets = Publication.NextTargets(now, files, dropped, roles.Draft, at);
        if (
            targets is null
            && (IsRenewed(plan, draft, roles.Draft) || !plan.RootsFrom(now).All(r => IsSigned(r, now, Roles.Targets)))
        )
        {
            targets = Publication.Copy(now.Targets);
        }

        var versions = Next(now, targets is not null) with
        {
            Delegated = new SortedDictionary<string, long>(
                delegated.ToDictionary(r => r.Role, r => r.Version, StringComparer.Ordinal),
                StringComparer.Ordinal
            ),
        };
        RequireFollows(now, plan);
        // A delegated role comes before whatever names it.
        if (plan.Offline is { Waiting: not null } waiting)
        {
            return Wait(versions, waiting);
        }

        if (Publication.Build(now, targets, delegated, versions, plan, at) is not { } next)
        {
            return Wait(versions, plan.Offline!);
        }

        var moves = DraftMoves
            .OfReleases(workspace, files.Where(f => draft.Files.ContainsKey(f.Key)))
            .Concat(DraftMoves.OfTargets(workspace, roles.Draft))
            // Two roles may list the same file.
            .Distinct()
            .ToList();
        if (IsDryRun)
        {
            return versions;
        }

        foreach (var move in moves)
        {
            Move(move.From, move.To);
        }

        Write(workspace.Target(Manifest.DefaultTargetName, files[Manifest.DefaultTargetName].Sha256), manifest);
        // All of them are on the disk before anything names one.
        Files.WriteAll(
            [.. delegated.Select(r => (workspace.Versioned(r.Role, r.Version), r.Bytes))],
            path => visible?.Invoke(path)
        );
        if (next.Targets is not null)
        {
            Write(workspace.Versioned(Roles.Targets, versions.Targets), next.Targets.ToBytes());
        }

        WriteSnapshot(now, next.Snapshot);
        Announce(next.Timestamp);
        roles.Draft.Clear();
        draft.Clear();
        plan.Offline?.Clear();
        return versions;
    }

    /// <summary>A new snapshot and timestamp for what is published: nothing else is signed or written.</summary>
    public RoleVersions Refresh(SigningPlan plan)
    {
        using var only = PublisherLock.ForChange(workspace, IsDryRun);
        var now = Published.Read(workspace);
        RequirePublished(now);
        now.RequireSigned();
        RequireFollows(now, plan);
        RequireCurrentKeys(now, plan, Roles.Targets);
        if (now.Targets!.Expires <= time.GetUtcNow())
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"The targets of {workspace.Root} expired at {Times.Instant(now.Targets.Expires)}; a fresh snapshot would not help any host.",
                "Run `repo-tools publish`, which renews all three roles."
            );
        }

        var versions = Next(now, withTargets: false);
        var next = Publication.Renew(now, versions, plan, time.GetUtcNow())!;
        if (!IsDryRun)
        {
            WriteSnapshot(now, next.Snapshot);
        }

        Announce(next.Timestamp);
        return versions;
    }

    /// <summary>A new timestamp for the snapshot that is published: the repository stays fresh, and nothing else changes.</summary>
    /// <returns>Its version and expiry.</returns>
    public (long Version, DateTimeOffset Expires) RefreshTimestamp(SigningPlan plan)
    {
        using var only = PublisherLock.ForChange(workspace, IsDryRun);
        var now = Published.Read(workspace);
        RequirePublished(now);
        now.RequireSigned();
        RequireFollows(now, plan);
        RequireCurrentKeys(now, plan, Roles.Targets, Roles.Snapshot);
        if (now.Snapshot!.Expires <= time.GetUtcNow())
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"The snapshot of {workspace.Root} expired at {Times.Instant(now.Snapshot.Expires)}; a fresh timestamp would not help any host.",
                "Run `repo-tools publish`, which renews all three roles."
            );
        }
        var version = checked(now.Timestamp!.Version + 1);
        var next = Publication.Refresh(now, plan, now.Snapshot, version, time.GetUtcNow());
        Announce(next);
        return (next.Version, next.Expires);
    }

    /// <summary>A fresh announcement of a snapshot or targets that no host accepts any more, or soon, would help nobody.</summary>
    private static void RequireCurrentKeys(Published now, SigningPlan plan, params string[] roles)
    {
        foreach (var root in plan.RootsFrom(now))
        {
            foreach (var (role, document) in now.Documents.Where(d => roles.Contains(d.Role, StringComparer.Ordinal)))
            {
                if (!RootPublisher.IsSignedBy(root, role, document))
                {
                    throw new UpdateException(
                        ErrorCodes.StepNotAllowed,
                        $"Root version {root.Version} has taken away the keys that signed the published {role} version {document.Version}; no host with it accepts that.",
                        "Run `repo-tools publish`, which signs all three roles anew."
                    );
                }
            }
        }
    }

    private static void RequireFollows(Published now, SigningPlan plan)
    {
        if (plan.NextRoot is { } next)
        {
            now.Chain.RequireFollows(next, $"The root of --next-root, version {next.Version},");
        }
    }

    /// <summary>Nothing becomes visible; the documents lie ready to be signed.</summary>
    private RoleVersions Wait(RoleVersions versions, OfflineSignatures offline)
    {
        if (!IsDryRun)
        {
            offline.Save();
        }

        return versions with
        {
            Waiting = offline.Waiting,
        };
    }

    private static bool IsSigned(MetadataDocument root, Published now, string role) =>
        now.Documents.All(d => d.Role != role || RootPublisher.IsSignedBy(root, role, d.Document));

    /// <summary>A numbered file is never written twice with different content, not even one that an interrupted publish left.</summary>
    private RoleVersions Next(Published now, bool withTargets) =>
        new(
            withTargets
                ? checked(Math.Max(now.Targets?.Version ?? 0, workspace.HighestVersion(Roles.Targets)) + 1)
                : now.Targets!.Version,
            checked(Math.Max(now.Snapshot?.Version ?? 0, workspace.HighestVersion(Roles.Snapshot)) + 1),
            checked((now.Timestamp?.Version ?? 0) + 1)
        );

    /// <summary>The targets that a manifest names: they belong to its releases.</summary>
    public static HashSet<string> Names(Manifest manifest) =>
        manifest
            .Updates.SelectMany(u => u.Images.Values)
            .Concat(manifest.Migrations.Values.SelectMany(m => m))
            .ToHashSet(StringComparer.Ordinal);

    private void RequireTargets(Published now, HashSet<string> named, SortedDictionary<string, DraftFile> files)
    {
        var published = now.TargetFiles;
        foreach (var name in named.Where(name => !files.ContainsKey(name)))
        {
            if (
                !published.TryGetValue(name, out var file)
                || !File.Exists(workspace.Target(name, Published.Sha256Of(file)))
            )
            {
                throw DraftMoves.Missing(name);
            }
        }
    }

    /// <summary>Targets that do not change are signed anew when that is asked for, or when there is nothing else to do than to renew.</summary>
    private static bool IsRenewed(SigningPlan plan, Draft draft, DraftRoles roles) =>
        plan.Renew.Any(r => r.Matches(Roles.Targets))
        || (plan.Renew.Count == 0 && !draft.IsChanged && !roles.IsChanged);

    private void RequirePublished(Published now)
    {
        if (now.Timestamp is null)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"Nothing is published in {workspace.Root} yet.",
                "Run `repo-tools publish` first."
            );
        }
    }

    /// <summary>The last step of all: with it readers find the new repository.</summary>
    private void Announce(MetadataDocument timestamp)
    {
        if (IsDryRun)
        {
            return;
        }

        Write(workspace.Timestamp, timestamp.ToBytes());
        CarriedOver.Clear(workspace);
    }

    private void Move(string from, string to)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        if (!string.Equals(from, to, StringComparison.Ordinal))
        {
            Files.MoveFlushed(from, to);
        }

        visible?.Invoke(to);
    }

    /// <summary>
    /// What interrupted publishes left in between, no timestamp ever named: what is published now was so until this moment, and `repo collect-garbage`
    /// reads that from the age of the snapshot after it. Before the timestamp, because later nobody would know which they were.
    /// </summary>
    private void WriteSnapshot(Published now, MetadataDocument snapshot)
    {
        var path = workspace.Versioned(Roles.Snapshot, snapshot.Version);
        Write(path, snapshot.ToBytes());
        var written = File.GetLastWriteTimeUtc(path);
        var published = now.Snapshot?.Version ?? 0;
        foreach (var left in workspace.VersionsOf(Roles.Snapshot).Where(v => v > published && v < snapshot.Version))
        {
            File.SetLastWriteTimeUtc(workspace.Versioned(Roles.Snapshot, left), written);
        }
    }

    private void Write(string path, byte[] bytes)
    {
        Files.Write(path, bytes);
        visible?.Invoke(path);
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(SortedDictionary<string, DraftFile>))]
[JsonSerializable(typeof(SortedDictionary<string, string>))]
internal sealed partial class WorkspaceJson : JsonSerializerContext;
