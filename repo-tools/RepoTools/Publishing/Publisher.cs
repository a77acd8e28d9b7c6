using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Publishing;

/// <summary>
/// Makes a draft visible. Everything is signed and checked in memory first; then files appear in an order in which a reader always finds a whole
/// repository, the old or the new: target files, N.targets.json, N.snapshot.json, and timestamp.json last. A publish that was cut off anywhere
/// leaves the old repository, and the next one completes it.
/// </summary>
/// <param name="visible">Told of each file, by its path, once it is where readers see it.</param>
internal sealed class Publisher(Workspace workspace, TimeProvider time, Action<string>? visible = null)
{
    public RoleVersions Publish(SigningPlan plan)
    {
        var now = Published.Read(workspace);
        using var only = PublisherLock.Take(workspace);
        // Read again: another publisher may have finished between the two lines above.
        now = Published.Read(workspace);
        var draft = Draft.Open(workspace, now);
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

        var versions = Next(now);
        var dropped = Names(before).Except(named, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        var next = Publication.Build(now, files, dropped, versions, plan, time.GetUtcNow());
        var moves = files
            .Where(f => draft.Files.ContainsKey(f.Key))
            .Select(f => (Name: f.Key, Source: CheckedSource(f.Key, f.Value), File: f.Value))
            .ToList();

        foreach (var (name, source, file) in moves)
        {
            Move(source, workspace.Target(name, file.Sha256));
        }

        Write(workspace.Target(Manifest.DefaultTargetName, files[Manifest.DefaultTargetName].Sha256), manifest);
        Write(workspace.Versioned(Roles.Targets, versions.Targets), next.Targets.ToBytes());
        Write(workspace.Versioned(Roles.Snapshot, versions.Snapshot), next.Snapshot.ToBytes());
        Write(workspace.Timestamp, next.Timestamp.ToBytes());
        draft.Clear();
        return versions;
    }

    /// <summary>A new timestamp for the snapshot that is published: the repository stays fresh, and nothing else changes.</summary>
    /// <returns>Its version and expiry.</returns>
    public (long Version, DateTimeOffset Expires) RefreshTimestamp(IReadOnlyList<SigningKey> keys, TimeSpan expires)
    {
        _ = Published.Read(workspace);
        using var only = PublisherLock.Take(workspace);
        var now = Published.Read(workspace);
        if (now.Timestamp is null || now.Snapshot is null)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"Nothing is published in {workspace.Root} yet.",
                "Run `repo-tools publish` first."
            );
        }
        now.RequireSigned();
        if (now.Snapshot.Expires <= time.GetUtcNow())
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"The snapshot of {workspace.Root} expired at {Times.Instant(now.Snapshot.Expires)}; a fresh timestamp would not help any host.",
                "Run `repo-tools publish`, which renews all three roles."
            );
        }
        var at = time.GetUtcNow() + expires;
        var next = Publication.Refresh(now, now.Snapshot, checked(now.Timestamp.Version + 1), at, keys);
        Write(workspace.Timestamp, next.ToBytes());
        return (next.Version, next.Expires);
    }

    /// <summary>A numbered file is never written twice with different content, not even one that an interrupted publish left.</summary>
    private RoleVersions Next(Published now) =>
        new(
            checked(Math.Max(now.Targets?.Version ?? 0, workspace.HighestVersion(Roles.Targets)) + 1),
            checked(Math.Max(now.Snapshot?.Version ?? 0, workspace.HighestVersion(Roles.Snapshot)) + 1),
            checked((now.Timestamp?.Version ?? 0) + 1)
        );

    private static HashSet<string> Names(Manifest manifest) =>
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
                throw Missing(name);
            }
        }
    }

    /// <summary>Where a file of the draft is now; an interrupted publish may have moved it already. Its bytes are what was added.</summary>
    private string CheckedSource(string name, DraftFile file)
    {
        var path = workspace.DraftFile(name);
        if (!File.Exists(path))
        {
            path = workspace.Target(name, file.Sha256);
        }

        if (!File.Exists(path))
        {
            throw Missing(name);
        }

        using var stream = File.OpenRead(path);
        if (
            stream.Length == file.Length
            && string.Equals(Convert.ToHexStringLower(SHA256.HashData(stream)), file.Sha256, StringComparison.Ordinal)
        )
        {
            return path;
        }

        throw new UpdateException(
            ErrorCodes.ImageCorrupt,
            $"{path} is not what was added to the draft.",
            "Remove the release and add it again."
        );
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

    private void Write(string path, byte[] bytes)
    {
        Files.Write(path, bytes);
        visible?.Invoke(path);
    }

    private static UpdateException Missing(string name) =>
        new(
            ErrorCodes.ImageMissing,
            $"The manifest names {name}, but there is no such file in the repository or its draft.",
            "Remove the release and add it again."
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(SortedDictionary<string, DraftFile>))]
internal sealed partial class WorkspaceJson : JsonSerializerContext;
