using System.Globalization;

namespace RepoTools.Publishing;

/// <summary>Where everything of a repository lies: what is served, and beside it what is not published yet.</summary>
/// <param name="Root">The directory of the repository.</param>
internal sealed record Workspace(string Root)
{
    public string Metadata => Path.Combine(Root, "metadata");
    public string Targets => Path.Combine(Root, "targets");

    public string Draft => Path.Combine(Root, "draft");
    public string DraftManifest => Path.Combine(Draft, "manifest.json");

    /// <summary>Length and digest of every file of the draft, as it was when it was made.</summary>
    public string DraftFiles => Path.Combine(Draft, "files.json");

    /// <summary>A root file to trust in the place of what is pinned; null where nobody gave one.</summary>
    public string? Anchor { get; init; }

    /// <summary>The roots that this publisher has come to trust, as N.root.json. Never served.</summary>
    public string Trust => Path.Combine(Root, "trust");

    /// <summary>Digests of what was published when a new root took its keys away.</summary>
    public string Carried => Path.Combine(Trust, "carried.json");

    /// <summary>Changes to delegations and to targets that belong to no release.</summary>
    public string DraftRoles => Path.Combine(Draft, "roles.json");

    /// <summary>The files of those targets, laid out as <see cref="Targets"/> is.</summary>
    public string DraftTargets => Path.Combine(Draft, "targets");

    /// <summary>Downloads of a copy that are not complete yet, on the file system of the targets.</summary>
    public string Incoming => Path.Combine(Root, "incoming");

    public string Lock => Path.Combine(Root, "lock");

    public string Timestamp => Path.Combine(Metadata, "timestamp.json");

    public string DraftFile(string name) => Path.Combine(Draft, name);

    public string Versioned(string role, long version) => Path.Combine(Metadata, FileOf(role, version));

    /// <summary>N.root.json, N.snapshot.json, N.targets.json, N.ROLE.json. A slash, which other tools' roles may have, is %2F as in addresses.</summary>
    public static string FileOf(string role, long version) =>
        $"{version}.{role.Replace("/", "%2F", StringComparison.Ordinal)}.json";

    /// <summary>
    /// The next version of a role whose number no file has yet, not even one that an interrupted publish left. Looks at one role's files only:
    /// there may be thousands of roles.
    /// </summary>
    /// <param name="role">A delegated role.</param>
    /// <param name="published">Its version; 0 for none.</param>
    public long FreeVersion(string role, long published)
    {
        var version = checked(published + 1);
        while (File.Exists(Versioned(role, version)))
        {
            version++;
        }

        return version;
    }

    /// <summary>The highest N of N.ROLE.json that lies there, published or left by an interrupted publish; 0 when there is none.</summary>
    public long HighestVersion(string role) => VersionsOf(role).DefaultIfEmpty(0).Max();

    /// <summary>Of every N.ROLE.json that lies there, in no order.</summary>
    public IEnumerable<long> VersionsOf(string role) => Versions(Metadata, role);

    public string PinnedRoot(long version) => Path.Combine(Trust, $"{version}.root.json");

    /// <summary>Lowest first.</summary>
    public IReadOnlyList<long> PinnedVersions() => [.. Versions(Trust, "root").Where(v => v > 0).Order()];

    private static IEnumerable<long> Versions(string directory, string role)
    {
        var suffix = $".{role}.json";
        return Directory.Exists(directory)
            ? Directory
                .EnumerateFiles(directory, "*" + suffix)
                .Select(path => Path.GetFileName(path)[..^suffix.Length])
                .Select(text =>
                    long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0
                )
            : [];
    }

    /// <summary>A target as a consistent snapshot names it: DIGEST.NAME, in the target's own directory.</summary>
    public string Target(string name, string sha256) => Consistent(Targets, name, sha256);

    /// <summary>Where the file of a target of no release waits.</summary>
    public string DraftTarget(string name, string sha256) => Consistent(DraftTargets, name, sha256);

    private static string Consistent(string root, string name, string sha256)
    {
        var directory = Path.GetDirectoryName(name) ?? "";
        return Path.Combine(root, directory, $"{sha256}.{Path.GetFileName(name)}");
    }
}
