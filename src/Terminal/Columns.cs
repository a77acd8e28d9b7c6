namespace UpdateEngine.Terminal;

/// <summary>Rows with aligned columns, two spaces apart; the first row is the heading.</summary>
internal static class Columns
{
    public static IEnumerable<string> Align(string indent, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var widths = Enumerable
            .Range(0, rows.Max(r => r.Count))
            .Select(c => rows.Max(r => c < r.Count ? r[c].Length : 0))
            .ToArray();
        return rows.Select(r =>
            (indent + string.Join("  ", r.Select((cell, c) => cell.PadRight(widths[c])))).TrimEnd()
        );
    }
}
