using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Publishing;

/// <summary>How long metadata may be: clients refuse longer files, so that such a publication would cut every host off.</summary>
internal static class ClientLimits
{
    private static readonly TufLimits s_limits = new();

    /// <exception cref="UpdateException"><see cref="ErrorCodes.StepNotAllowed"/>.</exception>
    public static void Require(string role, long length)
    {
        var limit = role switch
        {
            Roles.Timestamp => s_limits.TimestampLength,
            Roles.Snapshot => s_limits.SnapshotLength,
            _ => s_limits.TargetsLength,
        };
        if (length > limit)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{role} would have {length} bytes, and hosts read {limit} at most; nothing was published.",
                role == Roles.Snapshot
                    ? "Use fewer delegated roles."
                    : "Spread its targets over several roles with `repo-tools delegation bins`."
            );
        }
    }
}
