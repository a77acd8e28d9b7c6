using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Moving the waves of a release in time: rules on values.</summary>
internal static class WaveMoves
{
    /// <summary>How far <see cref="Stop"/> moves waves away: ten years. One fixed span, so that shifting back by it restores them exactly.</summary>
    public static readonly TimeSpan Away = TimeSpan.FromDays(3650);

    /// <summary>Of a release that had no waves and is stopped.</summary>
    private static readonly TimeSpan s_length = TimeSpan.FromDays(4);

    /// <summary>Moves every wave by the same span, so that the shape of the roll-out stays.</summary>
    /// <param name="force">Allows waves that begin before the start that was set, which operators may rely on.</param>
    /// <exception cref="UpdateException">
    /// <see cref="ErrorCodes.StepNotAllowed"/> without waves, or earlier without force; <see cref="ErrorCodes.Usage"/> where the calendar ends.
    /// </exception>
    public static Release Shift(Release release, TimeSpan by, bool force)
    {
        if (release.Waves.Count == 0)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{release} has no waves: it is open to everybody.",
                "Set some with `repo-tools waves set`."
            );
        }

        if (by < TimeSpan.Zero && !force)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"That would open {release} before {Times.Instant(release.Waves.Values.First())}, the start that was set.",
                "Add --force if nobody relies on that start."
            );
        }

        return release with
        {
            Waves = Shift(release.Waves, by),
        };
    }

    /// <summary>
    /// Nobody else gets it: <c>paused</c> for the hosts that know it, and for those that don't the waves moved away by <see cref="Away"/>. A host
    /// that knows neither (waves ignored, or Bottlerocket's host with the seed 0) is only held by max_version.
    /// </summary>
    /// <param name="now">Waves of a release that has none begin so long after this.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.StepNotAllowed"/> when it is stopped already.</exception>
    public static Release Stop(Release release, string reason, DateTimeOffset now)
    {
        if (IsStopped(release, now))
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{release} is stopped already: its waves begin at {Times.Instant(release.Waves.Values.First())}.",
                "See `repo-tools waves show`."
            );
        }

        var waves =
            release.Waves.Count > 0
                ? release.Waves
                : new SortedDictionary<int, DateTimeOffset> { [0] = now, [WaveSchedule.Seeds] = now + s_length };
        return release with { Paused = reason, Waves = Shift(waves, Away) };
    }

    /// <summary>Whether the waves lie so far ahead that only a stop can have put them there.</summary>
    public static bool IsStopped(Release release, DateTimeOffset now) =>
        release.Waves.Count > 0 && release.Waves.Values.First() - now > Away / 2;

    private static SortedDictionary<int, DateTimeOffset> Shift(SortedDictionary<int, DateTimeOffset> waves, TimeSpan by)
    {
        try
        {
            return new(waves.ToDictionary(w => w.Key, w => w.Value + by));
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                "The waves would leave the calendar.",
                "Shift them by less.",
                e
            );
        }
    }
}
