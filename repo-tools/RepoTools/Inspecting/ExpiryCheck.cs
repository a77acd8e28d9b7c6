using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <param name="State">"fine", "soon" or "expired".</param>
/// <param name="LeftSeconds">Until it expires; below 0 when it has.</param>
internal sealed record RoleExpiry(string Role, long Version, DateTimeOffset Expires, string State, long LeftSeconds);

/// <summary>What expires when. Rules on values and one time; a host refuses a role at the very instant of its expiry.</summary>
internal static class ExpiryCheck
{
    public const string Fine = "fine";
    public const string Soon = "soon";
    public const string Expired = "expired";

    /// <param name="within">How early each role is reported; not at all where nothing is said of it.</param>
    public static RoleExpiry Of(SeenRole role, RoleExpiries within, DateTimeOffset at)
    {
        var left = role.Expires - at;
        var state =
            left <= TimeSpan.Zero ? Expired
            : left <= within.For(role.Name, TimeSpan.Zero) ? Soon
            : Fine;
        return new RoleExpiry(role.Name, role.Version, role.Expires, state, (long)Math.Floor(left.TotalSeconds));
    }

    /// <summary>The worst of all.</summary>
    public static string StateOf(IReadOnlyList<RoleExpiry> roles) =>
        roles.Any(role => role.State == Expired) ? Expired
        : roles.Any(role => role.State == Soon) ? Soon
        : Fine;

    /// <summary>What has expired is a failed verification, as a host would find it.</summary>
    public static ExitCode ExitOf(string state) =>
        state switch
        {
            Expired => ExitCode.Verification,
            Soon => ExitCode.Found,
            _ => ExitCode.Done,
        };

    /// <summary>Who can renew a role, as the end of a sentence.</summary>
    public static string Remedy(string role) =>
        role switch
        {
            Roles.Root => "hold a ceremony: `repo-tools root bump`, `root sign`, `root publish`",
            Roles.Timestamp => "run `repo-tools timestamp refresh`",
            Roles.Snapshot => "run `repo-tools refresh`",
            Roles.Targets => "run `repo-tools publish --renew targets`",
            _ => $"run `repo-tools publish --renew {role}`",
        };
}
