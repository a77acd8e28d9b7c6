using System.Runtime.CompilerServices;
using System.Text.Json;
using UpdateEngine.State;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What the engine would read out of a state directory, and what of it no engine could read.</summary>
internal sealed class Memory
{
    // Trees share the contents of most of their files.
    private static readonly ConditionalWeakTable<byte[], object> s_parsed = [];
    private static readonly object s_torn = new();

    public Memory(Tree tree)
    {
        foreach (var (path, _, content) in tree.Files.Where(f => f.Path.EndsWith(".json", StringComparison.Ordinal)))
        {
            switch (s_parsed.GetValue(content, bytes => Parse(path, bytes)))
            {
                case JournalDocument journal:
                    Journal = journal;
                    break;
                case DenyListDocument list:
                    Denied = list.Denied;
                    break;
                case long version:
                    TrustedVersions[path] = version;
                    break;
                case var other when other == s_torn:
                    Torn.Add(path);
                    break;
            }
        }
    }

    public JournalDocument? Journal { get; }

    public IReadOnlyList<DeniedRelease> Denied { get; } = [];

    /// <summary>By path ("tuf/timestamp.json").</summary>
    public Dictionary<string, long> TrustedVersions { get; } = new(StringComparer.Ordinal);

    /// <summary>Files that are neither what was written before nor what was written after.</summary>
    public List<string> Torn { get; } = [];

    private static object Parse(string path, byte[] content)
    {
        try
        {
            return path switch
                {
                    "journal.json" => JsonSerializer.Deserialize(content, StateJson.Default.JournalDocument),
                    "denied.json" => JsonSerializer.Deserialize(content, StateJson.Default.DenyListDocument),
                    "last-check.json" => JsonSerializer.Deserialize(content, StateJson.Default.LastCheck),
                    _ => (object)VersionOf(content),
                } ?? s_torn;
        }
        catch (JsonException)
        {
            return s_torn;
        }
    }

    private static long VersionOf(byte[] metadata)
    {
        using var document = JsonDocument.Parse(metadata);
        return document.RootElement.GetProperty("signed").GetProperty("version").GetInt64();
    }
}
