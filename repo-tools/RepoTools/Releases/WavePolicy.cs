using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>
/// How fast a release reaches the fleet: which share of the hosts has it open after which time. Between two points hosts open evenly, so a
/// policy is a curve without steps. The first hosts are few, so that a fault is seen before it is everywhere.
/// </summary>
/// <param name="Curve">Time after the start, and the share of the fleet in percent that is open by then; the last is 100.</param>
internal sealed record WavePolicy(string Name, string Summary, IReadOnlyList<(TimeSpan After, int Percent)> Curve)
{
    public const string None = "none";

    public static readonly WavePolicy Fast = new(
        "fast",
        "4 hours: 5 % in 30 min, 25 % in 2 h",
        [(TimeSpan.FromMinutes(30), 5), (TimeSpan.FromHours(2), 25), (TimeSpan.FromHours(4), 100)]
    );

    public static readonly WavePolicy Default = new(
        "default",
        "4 days: 5 % in 4 h, 25 % in a day, 60 % in 2 days",
        [
            (TimeSpan.FromHours(4), 5),
            (TimeSpan.FromDays(1), 25),
            (TimeSpan.FromDays(2), 60),
            (TimeSpan.FromDays(4), 100),
        ]
    );

    public static readonly WavePolicy Slow = new(
        "slow",
        "14 days: 1 % in a day, 10 % in 3 days, 50 % in a week",
        [
            (TimeSpan.FromDays(1), 1),
            (TimeSpan.FromDays(3), 10),
            (TimeSpan.FromDays(7), 50),
            (TimeSpan.FromDays(14), 100),
        ]
    );

    public static readonly IReadOnlyList<WavePolicy> All = [Fast, Default, Slow];

    public static string[] Names => [.. All.Select(p => p.Name), None];

    /// <summary>Entries for a manifest, the closing one included. The policy "none" has no entries: open to everybody at once.</summary>
    public static SortedDictionary<int, DateTimeOffset> Waves(string policy, DateTimeOffset start)
    {
        if (string.Equals(policy, None, StringComparison.Ordinal))
        {
            return [];
        }

        var waves = new SortedDictionary<int, DateTimeOffset> { [0] = start };
        foreach (var (after, percent) in All.Single(p => string.Equals(p.Name, policy, StringComparison.Ordinal)).Curve)
        {
            waves[WaveSchedule.Seeds * percent / 100] = start + after;
        }

        return waves;
    }
}
