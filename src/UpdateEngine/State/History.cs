using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.State;

/// <summary>Something that happened to this host's slots.</summary>
/// <param name="Event">prepared, prepare-failed, activated, activation-cancelled, confirmed, boot-failed, degraded, rolled-back, denied, allowed.</param>
/// <param name="Code">The error code (docs/errors.md) where something failed.</param>
/// <param name="Text">One sentence for a person.</param>
/// <param name="Evidence">What was seen, for whoever looks for the cause: what failed checks printed, the end of the kernel's log.</param>
public sealed record HistoryEntry(
    [property: JsonRequired] DateTimeOffset At,
    [property: JsonRequired] string Event,
    string? Slot,
    string? Version,
    string? Code,
    [property: JsonRequired] string Text,
    string? Evidence = null
);

/// <summary><c>history.jsonl</c>: one JSON document a line, appended and flushed. A line cut off by a power loss is passed over.</summary>
public sealed class History(string path)
{
    /// <summary>Above this the older half is dropped (promise P7); about 5,000 entries.</summary>
    public const int MaxBytes = 1024 * 1024;

    public bool Exists => File.Exists(path);

    public void Append(HistoryEntry entry)
    {
        var line = JsonSerializer.Serialize(entry, StateLineJson.Default.HistoryEntry) + "\n";
        var bytes = Encoding.UTF8.GetBytes(EndsInsideLine() ? "\n" + line : line);
        StateFile.Guard(path, () => DurableFile.Append(path, bytes));
        if (new FileInfo(path).Length > MaxBytes)
        {
            StateFile.Guard(path, () => DurableFile.Write(path, NewerHalf()));
        }
    }

    /// <summary>The last entries, oldest first.</summary>
    public IReadOnlyList<HistoryEntry> Load(int count = int.MaxValue)
    {
        if (!Exists)
        {
            return [];
        }

        var entries = new List<HistoryEntry>();
        foreach (
            var line in Encoding.UTF8.GetString(ReadEnd(MaxBytes)).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        )
        {
            try
            {
                if (JsonSerializer.Deserialize(line, StateLineJson.Default.HistoryEntry) is { } entry)
                {
                    entries.Add(entry);
                }
            }
            catch (JsonException)
            {
                // A torn line: the power went while it was written. Its neighbours are whole.
            }
        }
        return entries.Count <= count ? entries : entries[^count..];
    }

    private bool EndsInsideLine() => Exists && ReadEnd(1) is [not (byte)'\n'];

    private byte[] NewerHalf()
    {
        var end = ReadEnd(MaxBytes / 2);
        return end[(Array.IndexOf(end, (byte)'\n') + 1)..];
    }

    private byte[] ReadEnd(int most)
    {
        try
        {
            if (new FileInfo(path).Length == 0)
            {
                return []; // Nor is a pipe in its place opened: that would wait for ever.
            }

            using var file = File.OpenRead(path);
            var end = new byte[Math.Min(file.Length, most)];
            file.Seek(-end.Length, SeekOrigin.End);
            file.ReadExactly(end);
            return end;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw StateFile.Unreadable(path, e.Message, "Check the permissions of the file.", e);
        }
    }
}
