using System.Text.Json.Serialization;

namespace UpdateEngine.State;

/// <summary>A version that this host does not take by itself, and why.</summary>
/// <param name="Version">Without a leading "v".</param>
/// <param name="Until">null: for good. A failure that is not the image's fault passes after a back-off.</param>
/// <param name="By">"health" (a verdict) or "operator".</param>
public sealed record DeniedRelease(
    [property: JsonRequired] string Version,
    [property: JsonRequired] string Reason,
    [property: JsonRequired] DateTimeOffset At,
    DateTimeOffset? Until,
    string By
)
{
    /// <summary>Role to what lay in the slot, where that is known: the same images are denied under any other version too.</summary>
    public SortedDictionary<string, PreparedImage>? Images { get; init; }

    public bool IsInForce(DateTimeOffset now) => Until is null || now < Until;
}

/// <summary>The deny list, <c>denied.json</c>. A file that can't be read is an error, not an empty list: it protects the host from a release known to fail.</summary>
public sealed class DenyList(string path)
{
    private const string WayOut =
        "Restore the file, or delete it to accept that a release that failed here may be tried again.";

    public IReadOnlyList<DeniedRelease> Load() =>
        StateFile.Read(path, StateJson.Default.DenyListDocument, WayOut)?.Denied is not { } denied ? []
        : denied.All(d => d is not null && d.Images?.Values.All(i => i?.IsPossible == true) != false) ? denied
        : throw StateFile.Unreadable(path, "an entry is null or has an impossible length or digest", WayOut);

    /// <summary>Adds or replaces the entry of this version; on the medium when this returns.</summary>
    public void Add(DeniedRelease entry) => Save([.. Load().Where(d => d.Version != entry.Version), entry]);

    /// <returns>false if the version was not on the list.</returns>
    public bool Remove(string version)
    {
        var all = Load();
        var rest = all.Where(d => d.Version != version).ToList();
        if (rest.Count == all.Count)
        {
            return false;
        }

        Save(rest);
        return true;
    }

    private void Save(IReadOnlyList<DeniedRelease> entries) =>
        StateFile.Write(path, new DenyListDocument { Denied = entries }, StateJson.Default.DenyListDocument);
}

public sealed record DenyListDocument
{
    [JsonRequired]
    public required IReadOnlyList<DeniedRelease> Denied { get; init; }
}
