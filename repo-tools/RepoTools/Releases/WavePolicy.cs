using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>
/// How fast a release reaches the fleet: which share of the hosts has it open after which time. Between two points hosts open evenly, so a
/// policy is a curve without steps. The first hosts are few, so that a fault is seen before it is everywhere.
/// </summary>
/// <param name="Curve">Time after the start, and the share of the fleet in percent that is open by then; the last is 100.</param>
internal sealed record WavePolicy(string Name, string Summary, IReadOnlyList<(TimeSpan After, decimal Percent)> Curve)
{
    public const string None = "none";

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

    public static readonly WavePolicy Accelerated = new(
        "accelerated",
        "4 hours: 5 % in 30 min, 25 % in 2 h",
        [(TimeSpan.FromMinutes(30), 5), (TimeSpan.FromHours(2), 25), (TimeSpan.FromHours(4), 100)]
    );

    public static readonly WavePolicy SlowRoll = new(
        "slow-roll",
        "14 days: 1 % in a day, 10 % in 3 days, 50 % in a week",
        [
            (TimeSpan.FromDays(1), 1),
            (TimeSpan.FromDays(3), 10),
            (TimeSpan.FromDays(7), 50),
            (TimeSpan.FromDays(14), 100),
        ]
    );

    public static readonly WavePolicy Emergency = new(
        "emergency",
        "an hour: 5 % in 10 min, 25 % in 20 min",
        [(TimeSpan.FromMinutes(10), 5), (TimeSpan.FromMinutes(20), 25), (TimeSpan.FromMinutes(60), 100)]
    );

    public static readonly IReadOnlyList<WavePolicy> All = [Default, Accelerated, SlowRoll, Emergency];

    public static string[] Names => [.. All.Select(p => p.Name), None];

    /// <returns>null for "none" and for a name that means nothing.</returns>
    public static WavePolicy? Find(string name)
    {
        // What these two were called at first.
        var present = name switch
        {
            "fast" => Accelerated.Name,
            "slow" => SlowRoll.Name,
            _ => name,
        };
        return All.FirstOrDefault(p => string.Equals(p.Name, present, StringComparison.Ordinal));
    }

    public static bool IsKnown(string name) =>
        Find(name) is not null || string.Equals(name, None, StringComparison.Ordinal);

    /// <summary>Entries for a manifest, the closing one included. The policy "none" has no entries: open to everybody at once.</summary>
    public static SortedDictionary<int, DateTimeOffset> Waves(string policy, DateTimeOffset start) =>
        Find(policy)?.Waves(start) ?? [];

    public SortedDictionary<int, DateTimeOffset> Waves(DateTimeOffset start)
    {
        var waves = new SortedDictionary<int, DateTimeOffset> { [0] = start };
        foreach (var (after, percent) in Curve)
        {
            waves[(int)(WaveSchedule.Seeds * percent / 100)] = start + after;
        }

        return waves;
    }
}
