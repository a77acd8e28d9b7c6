using UpdateEngine.State;

namespace UpdateEngine.Releases;

/// <summary>Asks a deny list for a version. By precedence, as everything else about versions: 1.1.0 denies 1.1.0+build.7 too.</summary>
public static class Denials
{
    public static DeniedRelease? Find(
        this IEnumerable<DeniedRelease> denied,
        SemanticVersion version,
        DateTimeOffset now
    ) =>
        denied.FirstOrDefault(d =>
            d.IsInForce(now) && SemanticVersion.TryParse(d.Version, out var other) && other == version
        );

    /// <summary>As <see cref="Find(IEnumerable{DeniedRelease}, SemanticVersion, DateTimeOffset)"/> for a version as it was noted.</summary>
    public static DeniedRelease? Find(this IEnumerable<DeniedRelease> denied, string version, DateTimeOffset now) =>
        SemanticVersion.TryParse(version, out var parsed) ? denied.Find(parsed, now) : null;
}
