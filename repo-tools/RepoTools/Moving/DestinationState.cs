using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <summary>What hosts find at a destination now, as far as it stands in the way: a copy never goes backwards, and never sideways.</summary>
internal static class DestinationState
{
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DestinationAhead"/>.</exception>
    public static async Task RequireNotAheadAsync(ICopyDestination destination, CopyPlan plan, CancellationToken cancel)
    {
        var limits = new TufLimits();
        var session = new TrustedMetadata(plan.Newest.Bytes, DateTimeOffset.MinValue, limits);
        var next = session.Root.Version + 1;
        if (
            await destination.ReadAsync(CopyPlan.PathOfRoot(next), limits.RootLength, cancel) is { } root
            && Accepts(() => session.AddRoot(root))
        )
        {
            throw Ahead(destination, $"root version {next}, which follows the newest root here");
        }

        // By other keys, or damaged: no host that follows our root takes it.
        if (
            await destination.ReadAsync(plan.Timestamp.Path, limits.TimestampLength, cancel) is { } timestamp
            && Accepts(() => session.RecallTimestamp(timestamp))
        )
        {
            RequireFollows(destination, plan, session.Timestamp!, timestamp);
        }
    }

    private static void RequireFollows(
        ICopyDestination destination,
        CopyPlan plan,
        TimestampMetadata there,
        byte[] bytes
    )
    {
        var ours = TimestampMetadata.Parse(Envelope.Parse(Roles.Timestamp, plan.Timestamp.Bytes));
        if (there.Version > ours.Version)
        {
            throw Ahead(destination, $"timestamp version {there.Version}; here it is {ours.Version}");
        }

        if (there.Snapshot.Version > ours.Snapshot.Version)
        {
            throw Ahead(destination, $"snapshot version {there.Snapshot.Version}; here it is {ours.Snapshot.Version}");
        }

        var sameTimestamp = there.Version < ours.Version || bytes.AsSpan().SequenceEqual(plan.Timestamp.Bytes);
        var sameSnapshot =
            there.Snapshot.Version < ours.Snapshot.Version
            || Accepts(() => there.Snapshot.Verify(Roles.Snapshot, plan.Snapshot.Bytes));
        if (!sameTimestamp || !sameSnapshot)
        {
            throw new UpdateException(
                ErrorCodes.DestinationAhead,
                $"{destination.Text} has another {(sameSnapshot ? "timestamp" : "snapshot")} of the same version: two publishers have signed at once.",
                "Find out which is right, and publish once more there, so that its versions are the higher ones."
            );
        }
    }

    private static bool Accepts(Action step)
    {
        try
        {
            step();
            return true;
        }
        catch (TufException)
        {
            return false;
        }
    }

    private static UpdateException Ahead(ICopyDestination destination, string what) =>
        new(
            ErrorCodes.DestinationAhead,
            $"{destination.Text} has {what}: hosts would take the step back for an attack.",
            "Bring this repository up to date first, or choose another destination."
        );
}
