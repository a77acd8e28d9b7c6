using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>One wave as a publisher sees it.</summary>
/// <param name="Hosts">Share of the fleet in this wave, 0..1.</param>
/// <param name="OpenBy">Share of the fleet that is open when the wave ends, 0..1.</param>
internal sealed record WaveRow(
    int Wave,
    int FirstSeed,
    int LastSeed,
    double Hosts,
    DateTimeOffset Opens,
    DateTimeOffset Ends,
    double OpenBy
);

/// <summary>Reads a schedule as shares of the fleet over time. Asks <see cref="WaveSchedule"/> itself, so that it tells what hosts will do.</summary>
internal static class WaveShares
{
    public static IReadOnlyList<WaveRow> Rows(SortedDictionary<int, DateTimeOffset> waves)
    {
        var starts = waves.Where(w => w.Key < WaveSchedule.Seeds).ToArray();
        var rows = new List<WaveRow>();
        for (var i = 0; i < starts.Length; i++)
        {
            // Seeds below the first key join the first wave.
            var first = i == 0 ? 0 : starts[i].Key;
            var end = i + 1 < starts.Length ? starts[i + 1].Key : WaveSchedule.Seeds;
            var ends =
                i + 1 < starts.Length
                    ? starts[i + 1].Value
                    : waves.GetValueOrDefault(WaveSchedule.Seeds, starts[i].Value);
            var hosts = (double)(end - first) / WaveSchedule.Seeds;
            rows.Add(
                new WaveRow(i + 1, first, end - 1, hosts, starts[i].Value, ends, (double)end / WaveSchedule.Seeds)
            );
        }
        return rows;
    }

    /// <summary>Share of the fleet that may take the release at an instant, 0..1.</summary>
    public static double Open(SortedDictionary<int, DateTimeOffset> waves, DateTimeOffset at) =>
        Enumerable
            .Range(0, WaveSchedule.Seeds)
            .Count(seed => WaveSchedule.For(waves, seed) is not { } opening || opening.At <= at)
        / (double)WaveSchedule.Seeds;
}
