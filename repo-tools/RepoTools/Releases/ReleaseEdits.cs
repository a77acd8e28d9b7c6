using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Changes to the releases of a manifest: rules on values.</summary>
internal static class ReleaseEdits
{
    /// <summary>Adds a release and raises every max_version of its variant and architecture to the newest that is offered.</summary>
    /// <param name="maxVersion">Set instead; null for the newest.</param>
    public static IReadOnlyList<Release> Add(
        IReadOnlyList<Release> releases,
        Release added,
        SemanticVersion? maxVersion
    ) => WithMaxVersion([.. releases, added], added, maxVersion);

    public static bool Contains(
        IReadOnlyList<Release> releases,
        string variant,
        string arch,
        SemanticVersion version
    ) => releases.Any(r => IsSibling(r, variant, arch) && r.Version == version);

    /// <summary>Hosts that run a recalled release go down: max_version falls to the newest of the others, which older readers follow too.</summary>
    public static IReadOnlyList<Release> Recall(IReadOnlyList<Release> releases, Release recalled, string reason)
    {
        var changed = Replace(releases, recalled, recalled with { Recalled = reason });
        return WithMaxVersion(changed, recalled, null);
    }

    public static IReadOnlyList<Release> Remove(IReadOnlyList<Release> releases, Release removed) =>
        WithMaxVersion([.. releases.Where(r => !ReferenceEquals(r, removed))], removed, null);

    public static IReadOnlyList<Release> Replace(IReadOnlyList<Release> releases, Release old, Release changed) =>
        [.. releases.Select(r => ReferenceEquals(r, old) ? changed : r)];

    /// <summary>The one release with this version, of the variant and architecture where they are given.</summary>
    public static Release Find(IReadOnlyList<Release> releases, SemanticVersion version, string? variant, string? arch)
    {
        var found = releases
            .Where(r => r.Version == version && (variant ?? r.Variant) == r.Variant && (arch ?? r.Arch) == r.Arch)
            .ToArray();
        return found.Length switch
        {
            1 => found[0],
            0 => throw new UpdateException(
                ErrorCodes.ReleaseMissing,
                $"There is no release {string.Join(' ', new[] { variant, version.ToString(), arch }.OfType<string>())}.",
                "See `repo-tools release list` for those that are there."
            ),
            _ => throw new UpdateException(
                ErrorCodes.Usage,
                $"Version {version} means several releases: {string.Join(", ", found.AsEnumerable())}.",
                "Name one with --variant and --arch."
            ),
        };
    }

    private static IReadOnlyList<Release> WithMaxVersion(
        IReadOnlyList<Release> releases,
        Release like,
        SemanticVersion? maxVersion
    )
    {
        var max =
            maxVersion
            ?? releases.Where(r => IsSibling(r, like.Variant, like.Arch) && r.Recalled is null).Max(r => r.Version);
        return max is null
            ? releases
            : [.. releases.Select(r => IsSibling(r, like.Variant, like.Arch) ? r with { MaxVersion = max } : r)];
    }

    private static bool IsSibling(Release release, string variant, string arch) =>
        string.Equals(release.Variant, variant, StringComparison.Ordinal)
        && string.Equals(release.Arch, arch, StringComparison.Ordinal);
}
