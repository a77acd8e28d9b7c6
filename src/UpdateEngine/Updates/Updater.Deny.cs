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
        host.DenyList.Add(new DeniedRelease(version.ToString(), why, Now, null, "operator"));
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
}
