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

    /// <summary>Takes a recall back; max_version rises to the newest that is not recalled, as when the release was added.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.StepNotAllowed"/> when it is not recalled.</exception>
    public static IReadOnlyList<Release> Restore(IReadOnlyList<Release> releases, Release recalled) =>
        recalled.Recalled is null
            ? throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{recalled} is not recalled.",
                "See `repo-tools release list`."
            )
            : WithMaxVersion(Replace(releases, recalled, recalled with { Recalled = null }), recalled, null);

    /// <summary>Sets the max_version of everything for the variant and architecture of <paramref name="like"/>.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.StepNotAllowed"/> when hosts would find nothing any more.</exception>
    public static IReadOnlyList<Release> SetMaxVersion(
        IReadOnlyList<Release> releases,
        Release like,
        SemanticVersion maxVersion
    ) =>
        releases.Any(r => IsSibling(r, like.Variant, like.Arch) && r.Recalled is null && r.Version <= maxVersion)
            ? WithMaxVersion(releases, like, maxVersion)
            : throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{Family(like)} has no release up to {maxVersion} that is not recalled: hosts would find nothing.",
                "Use `repo-tools release pause` to hold releases back."
            );

    /// <summary>The newest release for the same variant and architecture that is not recalled and not above max_version.</summary>
    public static Release? Newest(IReadOnlyList<Release> releases, Release like) =>
        releases
            .Where(r => IsSibling(r, like.Variant, like.Arch) && r.Recalled is null && r.Version <= r.MaxVersion)
            .MaxBy(r => r.Version);

    public static IReadOnlyList<Release> Remove(IReadOnlyList<Release> releases, Release removed) =>
        WithMaxVersion([.. releases.Where(r => !ReferenceEquals(r, removed))], removed, null);

    public static IReadOnlyList<Release> Replace(IReadOnlyList<Release> releases, Release old, Release changed) =>
        [.. releases.Select(r => ReferenceEquals(r, old) ? changed : r)];

    /// <summary>"demo (x86_64)"</summary>
    public static string Family(Release release) => $"{release.Variant} ({release.Arch})";

    /// <summary>The one release with this version, of the variant and architecture where they are given.</summary>
    public static Release Find(IReadOnlyList<Release> releases, SemanticVersion version, string? variant, string? arch)
    {
        var found = FindAll(releases, version, variant, arch);
        return found.Count == 1
            ? found[0]
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"Version {version} means several releases: {string.Join(", ", found)}.",
                "Name one with --variant and --arch."
            );
    }

    /// <summary>Some release of the one variant and architecture that is meant.</summary>
    public static Release FindFamily(IReadOnlyList<Release> releases, string? variant, string? arch)
    {
        var found = FindAll(releases, null, variant, arch);
        var families = found.Select(Family).Distinct(StringComparer.Ordinal).ToArray();
        return families.Length == 1
            ? found[0]
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"There are releases for {string.Join(", ", families)}.",
                "Name one of these with --variant and --arch."
            );
    }

    /// <summary>The releases that fit what is given, at least one.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ReleaseMissing"/>.</exception>
    public static IReadOnlyList<Release> FindAll(
        IReadOnlyList<Release> releases,
        SemanticVersion? version,
        string? variant,
        string? arch
    )
    {
        var found = releases
            .Where(r =>
                (version ?? r.Version) == r.Version && (variant ?? r.Variant) == r.Variant && (arch ?? r.Arch) == r.Arch
            )
            .ToArray();
        return found.Length > 0
            ? found
            : throw new UpdateException(
                ErrorCodes.ReleaseMissing,
                $"There is no release {string.Join(' ', new[] { variant, version?.ToString(), arch }.OfType<string>())}".TrimEnd()
                    + ".",
                "See `repo-tools release list` for those that are there."
            );
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
