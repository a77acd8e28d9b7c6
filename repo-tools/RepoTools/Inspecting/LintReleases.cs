using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>What the manifest offers: that there is something to choose, that hosts get there, and that what it names is there.</summary>
internal sealed class LintReleases(RepositoryState state, DateTimeOffset at)
{
    private readonly Manifest _manifest = state.Manifest;

    public IEnumerable<Finding> All() =>
        Families().Concat(_manifest.Updates.Where(r => r.Recalled is null).SelectMany(OfRelease)).Concat(Migrations());

    private IEnumerable<Finding> Families()
    {
        foreach (var family in _manifest.Updates.GroupBy(ReleaseEdits.Family, StringComparer.Ordinal))
        {
            if (family.All(r => r.Version > r.MaxVersion))
            {
                yield return new Finding(
                    "max-version-below-all",
                    Finding.Error,
                    $"Every release of {family.Key} is above max_version {family.Max(r => r.MaxVersion)}: hosts find nothing to choose.",
                    "Raise it with `repo-tools release set-max-version`, or add a release."
                );
            }
            else if (family.All(r => r.Recalled is not null || r.Version > r.MaxVersion))
            {
                yield return new Finding(
                    "all-recalled",
                    Finding.Error,
                    $"Every release of {family.Key} is recalled or above max_version: hosts that run a recalled one have nowhere to go.",
                    "Add a release, or restore one with `repo-tools release restore`."
                );
            }
        }
    }

    private IEnumerable<Finding> OfRelease(Release release)
    {
        if (release.Waves.Count > 0 && release.Waves.Values.Min() is var begins && begins - at > TimeSpan.FromDays(365))
        {
            yield return new Finding(
                "wave-never-begins",
                Finding.Warning,
                $"The first wave of {release} begins at {Times.Instant(begins)}, more than a year from now.",
                "Set it with `repo-tools waves set`, or pause the release and say why."
            );
        }

        if (
            release.Waves.Count > 0
            && release.Waves.Values.Max() is var over
            && over <= at
            && ReleaseHolds.Reasons(release, _manifest.Paused).Count == 0
        )
        {
            yield return new Finding(
                "wave-over",
                Finding.Note,
                $"The waves of {release} were over at {Times.Instant(over)}; it is open to everybody.",
                "Nothing has to be done."
            );
        }

        if (!ReleaseHolds.HasStep(_manifest.Updates, release))
        {
            yield return new Finding(
                "no-step",
                Finding.Warning,
                $"Hosts older than {release.MinVersion} can't take {release}, and no other release leads there.",
                $"Offer a release from {release.MinVersion} on that they can take."
            );
        }

        foreach (
            var image in Publisher.Names(_manifest with { Updates = [release], Migrations = [] }).Where(IsNoTarget)
        )
        {
            yield return new Finding(
                "image-missing",
                Finding.Error,
                $"{release} names the image {image}, which is no target of the top-level targets.",
                "Remove the release and add it again."
            );
        }
    }

    private IEnumerable<Finding> Migrations() =>
        from step in _manifest.Migrations
        from file in step.Value.Where(IsNoTarget)
        select new Finding(
            "migration-missing",
            Finding.Error,
            $"The migration {step.Key} names the file {file}, which is no target of the top-level targets.",
            "Remove the step with `repo-tools migration remove`, and add it again."
        );

    /// <summary>Hosts ask the top-level targets first, and delegated roles for none of these.</summary>
    private bool IsNoTarget(string name) => !state.Repository.Find(Roles.Targets)!.Targets!.Targets.ContainsKey(name);
}
