namespace RepoTools.Releases;

/// <summary>How images are compressed.</summary>
/// <param name="Extension">Of the target's name.</param>
internal sealed record Compression(string Name, string Extension, int DefaultLevel, int MaxLevel)
{
    /// <summary>Independent frames: all cores here, resuming there.</summary>
    public static readonly Compression Zstd = new("zstd", "zst", 12, 19);

    /// <summary>One frame, which is what Bottlerocket's reader takes; on one core.</summary>
    public static readonly Compression Lz4 = new("lz4", "lz4", 9, UpdateEngine.Native.Lz4.MaxLevel);

    public static readonly IReadOnlyList<Compression> All = [Zstd, Lz4];

    public static Compression Of(string name) => All.Single(c => string.Equals(c.Name, name, StringComparison.Ordinal));
}
