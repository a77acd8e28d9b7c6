namespace UpdateEngine.Releases;

/// <summary>When a release opens for one host: the instant, and which of how many waves that is (from 1).</summary>
public sealed record WaveOpening(DateTimeOffset At, int Wave, int Waves);

/// <summary>
/// Spreads a release over the fleet. Keys are the first seeds of waves, values when that wave starts. Within a wave [s0, s1) that runs from t0
/// to t1 host s is ready at t0 + (t1 - t0) * (s - s0) / (s1 - s0): the offset is taken within the wave, so no two seeds of a wave fall on the
/// same instant and no share of the fleet moves at once.
/// </summary>
public static class WaveSchedule
{
    /// <summary>Seeds are 0..2047; the key 2048 closes the last wave.</summary>
    public const int Seeds = 2048;

    /// <summary>What is wrong with these waves, as the end of a sentence, or null.</summary>
    public static string? Fault(SortedDictionary<int, DateTimeOffset> waves)
    {
        if (waves.Keys.Where(k => k is < 0 or > Seeds).ToList() is [var key, ..])
        {
            return $"have the key {key}, outside 0 to {Seeds}";
        }

        if (waves.Count == 1 && waves.ContainsKey(Seeds))
        {
            return "have only a closing entry";
        }

        DateTimeOffset? before = null;
        foreach (var (seed, start) in waves)
        {
            if (start <= before)
            {
                return $"do not go forward in time at the key {seed}";
            }

            before = start;
        }
        return null;
    }

    /// <param name="waves">Valid waves (see <see cref="Fault"/>).</param>
    /// <param name="seed">The host's, 0..2047.</param>
    /// <returns>null when there are no waves: open to everybody.</returns>
    public static WaveOpening? For(SortedDictionary<int, DateTimeOffset> waves, int seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(seed);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(seed, Seeds);
        if (waves.Count == 0)
        {
            return null;
        }

        var entries = waves.ToArray();
        var count = entries.Count(e => e.Key < Seeds);
        var wave = Math.Max(0, Array.FindLastIndex(entries, e => e.Key <= seed));
        var (first, start) = entries[wave];
        // A seed below the first key joins the first wave at its start; the last wave without a closing entry opens at once.
        if (seed <= first || wave + 1 == entries.Length)
        {
            return new WaveOpening(start, wave + 1, count);
        }

        var (next, end) = entries[wave + 1];
        var share = (Int128)(end - start).Ticks * (seed - first) / (next - first);
        return new WaveOpening(start.AddTicks((long)share), wave + 1, count);
    }
}
