using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>When one host's turn comes.</summary>
/// <param name="Opens">null when there are no waves: open to everybody.</param>
/// <param name="Open">Whether that is so at the instant that was asked for.</param>
internal sealed record WaveTurn(int Seed, int Wave, int Waves, DateTimeOffset? Opens, bool Open)
{
    public static WaveTurn Of(Release release, int seed, DateTimeOffset at)
    {
        var opening = WaveSchedule.For(release.Waves, seed);
        return new WaveTurn(
            seed,
            opening?.Wave ?? 0,
            opening?.Waves ?? 0,
            opening?.At,
            opening is null || opening.At <= at
        );
    }
}
