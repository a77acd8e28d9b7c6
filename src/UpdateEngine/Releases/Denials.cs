using UpdateEngine.State;

namespace UpdateEngine.Releases;

/// <summary>
/// Asks a deny list for a release. By precedence, as everything else about versions: 1.1.0 denies 1.1.0+build.7 too. And by content: what failed here fails
/// under another version too.
/// </summary>
public static class Denials
{
    /// <summary>A release that is offered; its images are known where the manifest has <c>raw</c>.</summary>
    public static DeniedRelease? Find(this IReadOnlyList<DeniedRelease> denied, Release release, DateTimeOffset now) =>
        denied.Find(release.Version.ToString(), now)
        ?? denied.Find(
            now,
            release.Images.Count,
            (role, image) =>
                release.Raw?.GetValueOrDefault(role) is { } raw && Same(image, raw.Length, raw.Sha256, raw.Blake2b)
        );

    /// <summary>A release that lies in a slot.</summary>
    public static DeniedRelease? Find(
        this IReadOnlyList<DeniedRelease> denied,
        PreparedRelease prepared,
        DateTimeOffset now
    ) =>
        denied.Find(prepared.Version, now)
        ?? denied.Find(
            now,
            prepared.Images.Count,
            (role, image) =>
                prepared.Images.GetValueOrDefault(role) is { } there
                && Same(image, there.Length, there.Sha256, there.Blake2b)
        );

    /// <summary>Why this version is denied, as a clause.</summary>
    public static string Explain(this DeniedRelease entry, string version) =>
        IsOf(entry, version) ? entry.Reason : $"its images are those of {entry.Version}: {entry.Reason}";

    /// <summary>A version as it was noted; nothing is known of its images.</summary>
    public static DeniedRelease? Find(this IReadOnlyList<DeniedRelease> denied, string version, DateTimeOffset now) =>
        denied.FirstOrDefault(d => d.IsInForce(now) && IsOf(d, version));

    private static bool IsOf(DeniedRelease entry, string version) =>
        SemanticVersion.TryParse(entry.Version, out var denied)
        && SemanticVersion.TryParse(version, out var other)
        && denied == other;

    private static DeniedRelease? Find(
        this IReadOnlyList<DeniedRelease> denied,
        DateTimeOffset now,
        int count,
        Func<string, PreparedImage, bool> isThere
    ) =>
        denied.FirstOrDefault(d =>
            d.IsInForce(now)
            && d.Images is { Count: > 0 } images
            && images.Count == count
            && images.All(i => isThere(i.Key, i.Value))
        );

    private static bool Same(PreparedImage image, long length, string? sha256, string? blake2b) =>
        image.Length == length
        && (
            (image.Sha256 is not null && image.Sha256 == sha256)
            || (image.Blake2b is not null && image.Blake2b == blake2b)
        );
}
