using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <param name="Targets">Those that a copy takes.</param>
/// <param name="Releases">Those that it does not take, for people.</param>
/// <param name="LeftOut">How many targets it does not take.</param>
/// <param name="LeftOutBytes">Of those.</param>
internal sealed record Selected(
    IReadOnlyList<TargetFile> Targets,
    IReadOnlyList<string> Releases,
    int LeftOut,
    long LeftOutBytes
);

/// <summary>Which targets of a repository a copy takes. A rule on values. Metadata is always taken whole: signatures are over all of it.</summary>
/// <param name="Versions">Of releases; empty for all.</param>
/// <param name="Variant">Of releases; null for all.</param>
/// <param name="Arch">Of releases; null for all.</param>
/// <param name="Targets">Other targets that are taken beside the chosen releases.</param>
/// <param name="MetadataOnly">No target at all.</param>
internal sealed record CopySelection(
    IReadOnlyList<SemanticVersion> Versions,
    string? Variant,
    string? Arch,
    IReadOnlyList<PathPattern> Targets,
    bool MetadataOnly
)
{
    public static readonly CopySelection Everything = new([], null, null, [], false);

    private bool IsEverything =>
        Versions.Count == 0 && Variant is null && Arch is null && Targets.Count == 0 && !MetadataOnly;

    /// <param name="manifest">Null where the repository has none.</param>
    /// <param name="all">Every target that hosts find.</param>
    /// <exception cref="UpdateEngine.UpdateException">No release fits.</exception>
    public Selected Choose(Manifest? manifest, IReadOnlyList<TargetFile> all)
    {
        if (IsEverything)
        {
            return new Selected(all, [], 0, 0);
        }

        var releases = manifest?.Updates ?? [];
        IReadOnlyList<Release> chosen = MetadataOnly ? [] : Releases(releases);
        var names = NamesOf(manifest, chosen);
        var taken = all.Where(file => names.Contains(file.Name) || IsAskedFor(file)).ToArray();
        var left = all.Except(taken).ToArray();
        return new Selected(
            taken,
            [.. releases.Except(chosen).Select(release => release.ToString())],
            left.Length,
            left.Sum(file => file.Length)
        );
    }

    private IReadOnlyList<Release> Releases(IReadOnlyList<Release> all)
    {
        if (Versions.Count == 0 && Variant is null && Arch is null)
        {
            // Only other targets are named.
            return [];
        }

        return Versions.Count == 0
            ? ReleaseEdits.FindAll(all, null, Variant, Arch)
            : [.. Versions.SelectMany(version => ReleaseEdits.FindAll(all, version, Variant, Arch)).Distinct()];
    }

    /// <summary>Of migrations all: which of them a host needs depends on where it comes from, and they are small.</summary>
    private static HashSet<string> NamesOf(Manifest? manifest, IReadOnlyList<Release> chosen)
    {
        var images = chosen.SelectMany(release => release.Images.Values);
        var migrations = manifest?.Migrations.Values.SelectMany(names => names) ?? [];
        return chosen.Count == 0
            ? []
            : images.Concat(migrations).Append(Manifest.DefaultTargetName).ToHashSet(StringComparer.Ordinal);
    }

    private bool IsAskedFor(TargetFile file) =>
        !MetadataOnly && Targets.Any(pattern => pattern.Matches(new TargetName(file.Name)));
}
