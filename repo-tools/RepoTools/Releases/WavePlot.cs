using System.Text;
using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Draws the share of the fleet for which a release is open, over time, in 80 columns of plain text.</summary>
internal static class WavePlot
{
    private const int Width = 72;

    /// <summary>Percent of each row from the top. The last shows that the first hosts have it.</summary>
    private static readonly int[] s_rows = [100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 1];

    private static readonly string s_margin = new(' ', 7);

    /// <param name="waves">At least one wave.</param>
    /// <param name="mark">An instant to point at; not shown when it lies outside.</param>
    /// <param name="name">What to write beside the mark.</param>
    /// <returns>Lines that end in a line feed and are at most 80 characters long.</returns>
    public static string Draw(SortedDictionary<int, DateTimeOffset> waves, DateTimeOffset mark, string name)
    {
        var (from, to) = (waves.Values.First(), waves.Values.Last());
        // A single wave that nobody closed opens in one instant; an hour gives it a place on the axis.
        to = to > from ? to : from + TimeSpan.FromHours(1);
        var open = Enumerable.Range(0, Width).Select(c => 100 * WaveShares.Open(waves, At(c))).ToArray();

        var text = new StringBuilder();
        foreach (var row in s_rows)
        {
            var bars = string.Concat(open.Select(share => share >= row ? '#' : ' '));
            text.Append($"{row, 3} % |{bars}".TrimEnd()).Append('\n');
        }

        text.Append("      +").Append('-', Width).Append('\n');
        if (from <= mark && mark <= to)
        {
            text.Append(s_margin)
                .Append(Mark((int)((Width - 1) * (mark - from).Ticks / (to - from).Ticks), name))
                .Append('\n');
        }

        var (left, right) = (Times.Instant(from), Times.Instant(to));
        return text.Append(s_margin).Append(left).Append(right.PadLeft(Width - left.Length)).Append('\n').ToString();

        DateTimeOffset At(int column) => from.AddTicks((long)((Int128)(to - from).Ticks * column / (Width - 1)));
    }

    /// <summary>An arrow under its column, with its name on the side where there is room.</summary>
    private static string Mark(int column, string name) =>
        column + 2 + name.Length <= Width ? new string(' ', column) + $"^ {name}" : $"{name} ^".PadLeft(column + 1);
}
