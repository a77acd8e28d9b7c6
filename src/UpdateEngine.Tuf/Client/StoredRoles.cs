using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Client;

/// <summary>Timestamp, snapshot and targets of an earlier run: the memory against rollback, and what need not be fetched again.</summary>
internal sealed class StoredRoles(MetadataStore store, TrustedMetadata session, TufLimits limits, List<string> warnings)
{
    private bool _isRotated;

    /// <summary>The recalled snapshot's bytes; null when there is none that verifies.</summary>
    public byte[]? Snapshot { get; private set; }

    /// <summary>Loads what verifies with the current keys. What does not is said, because its versions are forgotten with it.</summary>
    public void Recall()
    {
        TryRecall(Roles.Timestamp, limits.TimestampLength, bytes => session.RecallTimestamp(bytes));
        Snapshot = TryRecall(Roles.Snapshot, limits.SnapshotLength, bytes => session.RecallSnapshot(bytes));
        if (_isRotated)
        {
            Forget();
        }
    }

    /// <summary>True when the stored metadata of a targets role is the announced one; it is the session's then.</summary>
    /// <param name="role">"targets" or a delegated role's name.</param>
    /// <param name="add">Hands it to the session.</param>
    public bool TryTargets(string role, Action<byte[]> add)
    {
        try
        {
            if (store.Read(role, limits.TargetsLength) is not { } bytes)
            {
                return false;
            }

            add(bytes);
            return true;
        }
        catch (TufException error) when (IsRecoverable(error))
        {
            // An older version, most often. Nothing is lost: the snapshot remembers which version was seen.
            return false;
        }
    }

    /// <summary>Uses the store alone. Unlike <see cref="Recall"/> nothing may be wrong with it.</summary>
    public void Load()
    {
        LoadOne(Roles.Timestamp, limits.TimestampLength, bytes => session.RecallTimestamp(bytes));
        session.RequireCurrentTimestamp();
        // Not its own memory: a snapshot that the timestamp beside it does not announce is half of an interrupted refresh.
        LoadOne(Roles.Snapshot, limits.SnapshotLength, bytes => session.AddSnapshot(bytes));
        LoadOne(Roles.Targets, limits.TargetsLength, bytes => session.AddTargets(bytes));
    }

    private byte[]? TryRecall(string role, int limit, Action<byte[]> recall)
    {
        byte[]? bytes = null;
        try
        {
            bytes = store.Read(role, limit);
            if (bytes is not null)
            {
                recall(bytes);
            }

            return bytes;
        }
        catch (ThresholdException) when (session.IsByFormerKeys(role, bytes))
        {
            warnings.Add(
                $"root: the keys of {role} have been rotated, so the versions of timestamp and snapshot that were seen before are forgotten."
            );
            _isRotated = true;
            return null;
        }
        catch (TufException error) when (IsRecoverable(error))
        {
            warnings.Add(
                $"store: '{store.PathOf(role)}' no longer verifies and was ignored, and with it the version of {role} "
                    + $"that was seen last ({error.Message})"
            );
            return null;
        }
    }

    // Section 5.3.11: both, whichever's keys have been rotated, for each of the two remembers versions of the other's.
    private void Forget()
    {
        session.ForgetTimestampAndSnapshot();
        Snapshot = null;
        store.Delete(Roles.Timestamp);
        store.Delete(Roles.Snapshot);
    }

    private void LoadOne(string role, int limit, Action<byte[]> add)
    {
        var path = store.PathOf(role);
        var bytes =
            store.Read(role, limit)
            ?? throw new NotFoundException(role, $"There is no '{path}': no refresh has been completed yet.");
        try
        {
            add(bytes);
        }
        catch (TufException error) when (error is not ExpiredException && IsRecoverable(error))
        {
            throw new StoreCorruptException(path, $"'{path}' cannot be used; refresh again. {error.Message}", error);
        }
    }

    private static bool IsRecoverable(TufException error) =>
        error is not (StoreFailedException or CryptographyUnavailableException);
}
