using System.Globalization;
using System.Text.RegularExpressions;
using RepoTools.Publishing;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>Files that nobody needs any more. Paths, in the order in which they may be deleted.</summary>
/// <param name="Metadata">Superseded versions; snapshots first.</param>
/// <param name="Targets">Files that are no target of what is kept, and what publishers and copies that were killed left half written.</param>
/// <param name="Strange">Served files that no publisher writes; they are never deleted.</param>
internal sealed record UnusedFiles(
    IReadOnlyList<string> Metadata,
    IReadOnlyList<string> Targets,
    IReadOnlyList<string> Strange
);

/// <summary>
/// Which files of a directory are still needed: by what is published, by the draft, and by what was published not long ago. Every root stays: a
/// host that was away for years walks the whole chain. What an interrupted publish left has a higher number than what is published, and stays, too.
/// </summary>
internal sealed partial class FileSurvey(SeenRepository repository, Workspace workspace)
{
    /// <summary>
    /// How long a timestamp holds by default. A host trusts what it fetched until its timestamp expires, and may be downloading by it all that time;
    /// afterwards it has to refresh before it asks for anything.
    /// </summary>
    public static readonly TimeSpan StandardKeep = TimeSpan.FromDays(7);

    private static readonly TufLimits s_limits = new();

    private readonly HashSet<string> _needed = new(StringComparer.Ordinal);

    /// <param name="since">What was published, or came into the directory, at this time or later is kept.</param>
    public UnusedFiles Unused(DateTimeOffset since)
    {
        NeedPublished();
        NeedDraft();
        foreach (var snapshot in FormerSnapshots(since))
        {
            NeedFormer(snapshot);
        }

        var metadata = new List<(string Path, bool IsSnapshot)>();
        var targets = new List<string>();
        var strange = new List<string>();
        foreach (var path in Files(workspace.Metadata))
        {
            if (IsLeftover(path))
            {
                AddTo(targets, path, since);
            }
            else if (NumberedName().Match(Path.GetFileName(path)) is not { Success: true } name)
            {
                if (path != workspace.Timestamp)
                {
                    strange.Add(path);
                }
            }
            else if (IsUnused(path, since) && IsSuperseded(name))
            {
                metadata.Add((path, name.Groups["role"].Value == Roles.Snapshot));
            }
        }

        foreach (var path in Files(workspace.Targets))
        {
            if (DigestName().IsMatch(Path.GetFileName(path)) || IsLeftover(path))
            {
                AddTo(targets, path, since);
            }
            else
            {
                strange.Add(path);
            }
        }

        // The next run of `repo clone` goes on with what it finds there; after so long a time nobody waits for it.
        foreach (var path in Files(workspace.Incoming))
        {
            AddTo(targets, path, since);
        }

        return new UnusedFiles(
            [
                .. metadata
                    .OrderByDescending(file => file.IsSnapshot)
                    .ThenBy(f => f.Path, StringComparer.Ordinal)
                    .Select(f => f.Path),
            ],
            [.. targets.Order(StringComparer.Ordinal)],
            [.. strange.Order(StringComparer.Ordinal)]
        );
    }

    /// <summary>What a publisher that was killed was still writing; see <see cref="UpdateEngine.Tuf.Client.DurableFile.WriteTemporary"/>.</summary>
    private static bool IsLeftover(string path) =>
        Path.GetFileName(path) is ['.', .. var rest] && rest.EndsWith(".tmp", StringComparison.Ordinal);

    private void AddTo(List<string> files, string path, DateTimeOffset since)
    {
        if (IsUnused(path, since))
        {
            files.Add(path);
        }
    }

    private bool IsUnused(string path, DateTimeOffset since) =>
        !_needed.Contains(path) && File.GetLastWriteTimeUtc(path) < since.UtcDateTime;

    private bool IsSuperseded(Match name)
    {
        var role = Uri.UnescapeDataString(name.Groups["role"].Value);
        if (
            role == Roles.Root
            || !long.TryParse(
                name.Groups["version"].Value,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var version
            )
        )
        {
            return false;
        }

        var published =
            role == Roles.Snapshot
                ? repository.Snapshot.Version
                : repository.Snapshot.Meta.GetValueOrDefault($"{role}.json")?.Version ?? 0;
        return version < published;
    }

    private void NeedPublished()
    {
        _needed.Add(workspace.Versioned(Roles.Snapshot, repository.Snapshot.Version));
        NeedMeta(repository.Snapshot);
        foreach (var role in repository.TargetsRoles)
        {
            NeedTargets(role.Targets!);
        }
    }

    private void NeedMeta(SnapshotMetadata snapshot)
    {
        foreach (var (file, meta) in snapshot.Meta)
        {
            _needed.Add(workspace.Versioned(file[..^".json".Length], meta.Version));
        }
    }

    private void NeedTargets(TargetsMetadata role)
    {
        foreach (var file in role.Targets.Values)
        {
            _needed.Add(workspace.Target(file.Name, TargetReader.DigestOf(file)));
        }
    }

    /// <summary>An interrupted publish may have moved files of the draft already.</summary>
    private void NeedDraft()
    {
        if (!Directory.Exists(workspace.Draft))
        {
            return;
        }

        foreach (var (name, file) in Draft.FilesOf(workspace))
        {
            _needed.Add(workspace.Target(name, file.Sha256));
        }

        foreach (var (name, target) in DraftRoles.Open(workspace).Targets.Values.SelectMany(changes => changes))
        {
            if (target is not null)
            {
                _needed.Add(workspace.Target(name, target.Sha256));
            }
        }
    }

    /// <summary>Older snapshots that were the newest at that time or later: until the next one was written.</summary>
    private IEnumerable<string> FormerSnapshots(DateTimeOffset since)
    {
        var versions = Files(workspace.Metadata)
            .Select(path => NumberedName().Match(Path.GetFileName(path)))
            .Where(name => name.Success && name.Groups["role"].Value == Roles.Snapshot)
            .Select(name => long.Parse(name.Groups["version"].Value, CultureInfo.InvariantCulture))
            .Where(version => version <= repository.Snapshot.Version)
            .Order()
            .ToArray();
        return versions
            .Zip(versions.Skip(1))
            .Where(pair =>
                File.GetLastWriteTimeUtc(workspace.Versioned(Roles.Snapshot, pair.Second)) >= since.UtcDateTime
            )
            .Select(pair => workspace.Versioned(Roles.Snapshot, pair.First));
    }

    /// <summary>Only names are taken from it, and names only ever keep files: nobody has to have signed it.</summary>
    private void NeedFormer(string path)
    {
        _needed.Add(path);
        if (Parse(path, Roles.Snapshot, s_limits.SnapshotLength, SnapshotMetadata.Parse) is not { } snapshot)
        {
            return;
        }

        NeedMeta(snapshot);
        foreach (var (file, meta) in snapshot.Meta)
        {
            var role = file[..^".json".Length];
            // What is published still is here already.
            if (repository.Snapshot.Meta.GetValueOrDefault(file)?.Version == meta.Version)
            {
                continue;
            }

            var former = workspace.Versioned(role, meta.Version);
            if (Parse(former, role, s_limits.TargetsLength, e => TargetsMetadata.Parse(e, role)) is { } targets)
            {
                NeedTargets(targets);
            }
        }
    }

    private static T? Parse<T>(string path, string role, int limit, Func<Envelope, T> parse)
        where T : class
    {
        try
        {
            return File.Exists(path)
                ? parse(Envelope.Parse(role, RepoTools.Files.Read(path, limit, "Run this again.")))
                : null;
        }
        // No host could use it either.
        catch (TufException)
        {
            return null;
        }
    }

    /// <summary>Links are nobody's business here: they are not followed, and never deleted.</summary>
    private static IEnumerable<string> Files(string directory) =>
        Directory.Exists(directory)
            ? Directory.EnumerateFiles(
                directory,
                "*",
                new EnumerationOptions
                {
                    RecurseSubdirectories = true,
                    AttributesToSkip = FileAttributes.ReparsePoint,
                    IgnoreInaccessible = false,
                }
            )
            : [];

    [GeneratedRegex(@"^(?<version>[0-9]{1,18})\.(?<role>.+)\.json$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NumberedName();

    [GeneratedRegex(@"^([0-9a-f]{64}|[0-9a-f]{128})\..+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex DigestName();
}
