using System.Globalization;
using RepoTools.Commands;
using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Waves that a publisher writes by hand: SEED=TIME, where TIME is a span after the start or an instant.</summary>
internal static class WaveEntries
{
    /// <summary>How long a schedule of one wave takes when nobody says when it closes.</summary>
    private static readonly TimeSpan s_singleWave = TimeSpan.FromDays(1);

    /// <returns>Entries that <see cref="WaveSchedule"/> accepts, the closing one always among them.</returns>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.Usage"/>, with the entry that is wrong.</exception>
    public static SortedDictionary<int, DateTimeOffset> Parse(IReadOnlyList<string> entries, DateTimeOffset start)
    {
        var waves = new SortedDictionary<int, DateTimeOffset>();
        foreach (var entry in entries)
        {
            var (seed, at) = Parse(entry, start);
            if (!waves.TryAdd(seed, at))
            {
                throw Wrong($"The seed {seed} has two times.", "Name every seed once.");
            }
        }
        Close(waves);
        if (WaveSchedule.Fault(waves) is { } fault)
        {
            throw Wrong($"These waves {fault}.", "Later seeds need later times.");
        }

        return waves;
    }

    private static (int Seed, DateTimeOffset At) Parse(string entry, DateTimeOffset start)
    {
        var parts = entry.Split('=', 2);
        if (
            parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
            || seed > WaveSchedule.Seeds
        )
        {
            throw Wrong(
                $"\"{entry}\" is not a wave.",
                $"Write SEED=TIME with a seed from 0 to {WaveSchedule.Seeds}, for example 512=4h."
            );
        }

        if (Times.TryParseSpan(parts[1], out var after))
        {
            return (seed, start + after);
        }

        return Instants.TryParse(parts[1], out var at)
            ? (seed, at)
            : throw Wrong(
                $"\"{parts[1]}\" is no time for a wave.",
                $"Write a span after the start {Times.SpanForm}, or {Instants.Form}."
            );
    }

    /// <summary>Without a closing entry the last wave lasts as long as the one before it.</summary>
    private static void Close(SortedDictionary<int, DateTimeOffset> waves)
    {
        if (waves.Count == 0 || waves.ContainsKey(WaveSchedule.Seeds))
        {
            return;
        }

        var times = waves.Values.ToArray();
        var length = times.Length > 1 ? times[^1] - times[^2] : s_singleWave;
        waves[WaveSchedule.Seeds] = times[^1] + length;
    }

    private static UpdateException Wrong(string message, string next) => new(ErrorCodes.Usage, message, next);
}
