using UpdateEngine.State;

namespace UpdateEngine.Releases;

/// <param name="Pin">Exactly this version, up or down; skips the waves.</param>
/// <param name="Force">With a pin: skips recall, pause and deny list too.</param>
/// <param name="IgnoreWaves">An operator does not want to wait for the host's turn.</param>
public sealed record ChoiceOptions(SemanticVersion? Pin = null, bool Force = false, bool IgnoreWaves = false);

public enum RefusalReason
{
    UpToDate,
    NothingOffered,
    PinnedVersionMissing,
    Recalled,
    NotOffered,
    Paused,
    Denied,
    NeedsStep,
    NeedsMigration,
    WaveNotOpen,
}

/// <summary>Why a release (or none at all) is not for this host now.</summary>
/// <param name="Text">One clause for a person, with versions and times.</param>
/// <param name="Until">When this reason passes by itself; null when it does not.</param>
public sealed record Refusal(RefusalReason Reason, SemanticVersion? Version, string Text, DateTimeOffset? Until = null);

/// <summary>What the policy decided: a release, or the reason that there is none. Everything else that had a say is listed.</summary>
/// <param name="RunningRecalled">The publisher's reason, when the version that runs here was recalled.</param>
public sealed record Decision(
    Release? Chosen,
    Refusal? Refusal,
    IReadOnlyList<Refusal> PassedOver,
    string? RunningRecalled
);

/// <summary>
/// Chooses a release: a pure function of manifest, host, deny list and time. Highest version first, and newer than what runs, unless what runs
/// was recalled or is above everything offered: then the best that is offered, which may be older.
/// </summary>
public static class UpdatePolicy
{
    public static Decision Choose(
        Manifest manifest,
        HostIdentity host,
        IReadOnlyList<DeniedRelease> denied,
        DateTimeOffset now,
        ChoiceOptions options
    )
    {
        var offered = manifest
            .Updates.Where(u => u.Variant == host.Variant && u.Arch == host.Arch)
            .OrderByDescending(u => u.Version)
            .ToList();
        var recalled = offered.FirstOrDefault(u => u.Version == host.Version)?.Recalled;
        if (offered.Count == 0)
        {
            return None(
                RefusalReason.NothingOffered,
                $"the repository offers nothing for variant {host.Variant} on {host.Arch}"
            );
        }

        var candidates = options.Pin is { } pin ? offered.Where(u => u.Version == pin) : offered.Where(WantedUnpinned);
        var passedOver = new List<Refusal>();
        foreach (var release in candidates)
        {
            if (release.Version == host.Version)
            {
                return None(RefusalReason.UpToDate, $"version {host.Version} runs already");
            }

            if (Refuse(release) is not { } refusal)
            {
                return new Decision(release, null, passedOver, recalled);
            }

            passedOver.Add(refusal);
        }
        if (passedOver.Count > 0)
        {
            return new Decision(null, passedOver[0], passedOver, recalled);
        }

        return options.Pin is null
            ? UpToDate()
            : None(
                RefusalReason.PinnedVersionMissing,
                $"the repository has no version {options.Pin} for {host.Variant} on {host.Arch}"
            );

        bool WantedUnpinned(Release release) =>
            release.Version != host.Version && (host.Version is null || release.Version > host.Version || MustGoDown());

        bool MustGoDown() =>
            recalled is not null || (host.Version is { } running && offered.All(u => running > u.MaxVersion));

        Decision UpToDate() =>
            MustGoDown()
                ? None(
                    RefusalReason.NothingOffered,
                    $"version {host.Version}, which runs here, is no longer offered, and there is nothing to go to"
                )
                : None(RefusalReason.UpToDate, $"version {host.Version} is the newest for this host");

        // A step with migrations between what runs and this release, in either direction; "(from, to)" as the manifest writes it.
        Func<KeyValuePair<string, List<string>>, bool> IsOnTheWayTo(Release release) =>
            migration =>
                migration.Value.Count > 0
                && host.Version is { } running
                && migration.Key.Trim('(', ')').Split(',', StringSplitOptions.TrimEntries) is [_, var to]
                && SemanticVersion.TryParse(to, out var step)
                && ((running < step && step <= release.Version) || (release.Version < step && step <= running));

        Decision None(RefusalReason reason, string text) => new(null, new Refusal(reason, null, text), [], recalled);

        Refusal? Refuse(Release release)
        {
            var version = release.Version;
            if (options is not { Force: true, Pin: not null })
            {
                if (release.Recalled is { } reason)
                {
                    return new(RefusalReason.Recalled, version, $"{version} was recalled by its publisher: {reason}");
                }

                if (version > release.MaxVersion)
                {
                    return new(
                        RefusalReason.NotOffered,
                        version,
                        $"{version} is above its highest allowed version {release.MaxVersion}"
                    );
                }

                if ((manifest.Paused ?? release.Paused) is { } pause)
                {
                    return new(RefusalReason.Paused, version, $"{version} is paused by its publisher: {pause}");
                }

                if (denied.Find(release, now) is { } entry)
                {
                    return new(
                        RefusalReason.Denied,
                        version,
                        $"{version} is on this host's deny list: {entry.Explain(version.ToString())}",
                        entry.Until
                    );
                }
            }
            if (manifest.Migrations.FirstOrDefault(IsOnTheWayTo(release)) is { Key: { } step })
            {
                return new(
                    RefusalReason.NeedsMigration,
                    version,
                    $"{version} needs the data of the host migrated (step {step}), which this engine can't do yet"
                );
            }

            if (release.MinVersion is { } least && (host.Version is null || host.Version < least))
            {
                return new(
                    RefusalReason.NeedsStep,
                    version,
                    $"{version} needs at least {least} and {host.Version?.ToString() ?? "an unknown version"} runs here"
                );
            }

            if (
                options.Pin is null
                && !options.IgnoreWaves
                && WaveSchedule.For(release.Waves, host.Seed) is { } opening
                && opening.At > now
            )
            {
                return new(RefusalReason.WaveNotOpen, version, WaveText(version, opening, now), opening.At);
            }

            return null;
        }
    }

    private static string WaveText(SemanticVersion version, WaveOpening opening, DateTimeOffset now) =>
        $"wave {opening.Wave} of {opening.Waves} of {version} opens for this host at {Times.Instant(opening.At)} ({Times.In(opening.At - now)})";
}
