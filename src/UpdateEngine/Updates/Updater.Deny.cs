using UpdateEngine.Releases;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>Keeps the host from taking a version by itself.</summary>
    public StepResult Deny(SemanticVersion version, string? reason)
    {
        using var held = OperationLock.Take(host.Paths, "deny");
        var why = reason ?? "denied by an operator";
        Deny(version.ToString(), why, null, "operator", null);
        TryRemember("denied", null, version.ToString(), $"{version} is denied: {why}");
        return new StepResult("", version.ToString(), $"{version} is denied");
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.VersionNotFound"/> when it was not denied.</exception>
    public StepResult Allow(SemanticVersion version)
    {
        using var held = OperationLock.Take(host.Paths, "deny");
        if (!host.DenyList.Remove(version.ToString()))
        {
            throw new UpdateException(
                ErrorCodes.VersionNotFound,
                $"{version} is not on the deny list.",
                "See `updatectl deny list`."
            );
        }

        TryRemember("allowed", null, version.ToString(), $"{version} is allowed again");
        return new StepResult("", version.ToString(), $"{version} is allowed again");
    }

    /// <summary>On the medium when this returns.</summary>
    /// <param name="prepared">What lay in the slot, where it is known: its images are denied under every version.</param>
    private void Deny(string version, string why, DateTimeOffset? until, string by, PreparedRelease? prepared) =>
        host.DenyList.Add(
            new DeniedRelease(version, why, Now, until, by)
            {
                Images = prepared is { Images.Count: > 0 } && prepared.Version == version ? prepared.Images : null,
            }
        );
}
