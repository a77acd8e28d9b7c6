namespace UpdateEngine.Terminal;

/// <summary>A table of plain text with a heading, the same on a terminal and in a pipe.</summary>
internal sealed class TextTable(params string[] head)
{
    private readonly List<string[]> _rows = [head];

    public TextTable Add(params string[] cells)
    {
        if (cells.Length != _rows[0].Length)
        {
            throw new ArgumentException($"{cells.Length} cells for {_rows[0].Length} columns", nameof(cells));
        }

        _rows.Add(cells);
        return this;
    }

    /// <summary>Every line ends in a line feed; no line ends in spaces.</summary>
    public override string ToString() => string.Concat(Columns.Align("", _rows).Select(line => line + "\n"));
}
