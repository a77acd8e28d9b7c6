namespace RepoTools.Moving;

/// <summary>What a store should say of a file.</summary>
/// <param name="Type">Content-Type.</param>
/// <param name="Cache">Cache-Control.</param>
internal sealed record StoredAs(string Type, string Cache)
{
    private const string Forever = "public, max-age=31536000, immutable";

    /// <summary>Asked for anew each time: a cache that keeps it keeps hosts from what is new.</summary>
    private const string Never = "no-cache";

    /// <summary>Every name but that of the timestamp has a version or a digest in it, and stands for the same bytes for ever.</summary>
    /// <param name="path">Below the repository.</param>
    public static StoredAs Of(string path) =>
        new(
            path.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream",
            Path.GetFileName(path) == "timestamp.json" ? Never : Forever
        );
}
