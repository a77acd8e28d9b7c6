using System.Text.Json;
using UpdateEngine.State;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What the engine would read out of a state directory, and what of it no engine could read.</summary>
internal sealed class Memory
{
    public Memory(Tree tree)
    {
        Journal = Read(
            tree,
            "journal.json",
            bytes => JsonSerializer.Deserialize(bytes, StateJson.Default.JournalDocument)
        );
        Denied =
            Read(tree, "denied.json", b => JsonSerializer.Deserialize(b, StateJson.Default.DenyListDocument))?.Denied
            ?? [];
        foreach (var (path, _, _) in tree.Files.Where(f => f.Path.EndsWith(".json", StringComparison.Ordinal)))
        {
            if (path.StartsWith("tuf/", StringComparison.Ordinal) && Version(tree, path) is { } version)
            {
                TrustedVersions[path] = version;
            }
            else
            {
                Read(tree, path, bytes => JsonDocument.Parse(bytes));
            }
        }
    }

    public JournalDocument? Journal { get; }

    public IReadOnlyList<DeniedRelease> Denied { get; }

    /// <summary>By path ("tuf/timestamp.json").</summary>
    public Dictionary<string, long> TrustedVersions { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that are neither what was written before nor what was written after.</summary>
    public List<string> Torn { get; } = [];

    private long? Version(Tree tree, string path)
    {
        using var document = Read(tree, path, bytes => JsonDocument.Parse(bytes));
        return document?.RootElement.GetProperty("signed").GetProperty("version").GetInt64();
    }

    private T? Read<T>(Tree tree, string path, Func<byte[], T?> parse)
        where T : class
    {
        try
        {
            return tree.Find(path) is { } bytes ? parse(bytes) : null;
        }
        catch (JsonException)
        {
            Torn.Add(path);
            return null;
        }
    }
}
