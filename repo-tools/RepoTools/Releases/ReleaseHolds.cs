using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Holding releases back and what else their fields ask of hosts: rules on values.</summary>
internal static class ReleaseHolds
{
    /// <summary>Why no host takes a release whatever its waves say, as clauses; none when hosts may.</summary>
    /// <param name="paused">The reason of the whole manifest.</param>
    public static IReadOnlyList<string> Reasons(Release release, string? paused)
    {
        var reasons = new List<string>();
        if (release.Recalled is { } recalled)
        {
            reasons.Add($"it is recalled ({recalled})");
        }

        if (paused is not null)
        {
            reasons.Add($"everything is paused ({paused})");
        }

        if (release.Paused is { } own)
        {
            reasons.Add($"it is paused ({own})");
        }

        if (release.Version > release.MaxVersion)
        {
            reasons.Add($"it is above max_version {release.MaxVersion}");
        }

        return reasons;
    }

    public static Release Resume(Release release) =>
        release.Paused is null ? throw NotPaused($"{release} is not paused.") : release with { Paused = null };

    /// <summary>Ends the pause of the whole manifest; releases that are paused by themselves stay so.</summary>
    public static Manifest Resume(Manifest manifest) =>
        manifest.Paused is null
            ? throw NotPaused("The manifest as a whole is not paused.")
            : manifest with
            {
                Paused = null,
            };

    /// <exception cref="UpdateException"><see cref="ErrorCodes.Usage"/> when no host could ever satisfy it.</exception>
    public static Release SetMinVersion(Release release, SemanticVersion? least) =>
        least is not null && least >= release.Version
            ? throw new UpdateException(
                ErrorCodes.Usage,
                $"No host could take {release} if it had to run {least} already.",
                $"Give a version below {release.Version}."
            )
            : release with
            {
                MinVersion = least,
            };

    /// <summary>Whether a host that is too old for this release finds a way to it, in as many steps as it takes: without one it is cut off.</summary>
    public static bool HasStep(IReadOnlyList<Release> releases, Release release)
    {
        if (release.MinVersion is not { } least)
        {
            return true;
        }

        // The newest that the oldest of hosts gets to; each step may ask for the one before it.
        SemanticVersion? reached = null;
        foreach (
            var step in ReleaseEdits
                .FindAll(releases, null, release.Variant, release.Arch)
                .Where(r => r.Version < release.Version && r is { Recalled: null, Paused: null })
                .OrderBy(r => r.Version)
        )
        {
            if (step.MinVersion is null || (reached is not null && reached >= step.MinVersion))
            {
                reached = step.Version;
            }
        }

        return reached is not null && reached >= least;
    }

    private static UpdateException NotPaused(string message) =>
        new(ErrorCodes.StepNotAllowed, message, "See `repo-tools release list`.");
}
