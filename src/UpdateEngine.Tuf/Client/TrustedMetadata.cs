using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// The rules of the specification's detailed client workflow (section 5), and nothing else: bytes come in, and are trusted or refused.
/// No disk, no network, and one time for a whole refresh (5.1).
///
/// <para>Order: roots, each by its predecessor and itself; then what an earlier run had trusted is recalled (it only has to be signed: it
/// may have expired, and still is the memory against rollback); then timestamp, snapshot, targets, each announced by the one before; then
/// the targets roles that are delegated to, each announced by the snapshot and signed by the keys that its delegator names.</para>
///
/// <para>A method that throws has changed nothing.</para>
/// </summary>
public sealed class TrustedMetadata
{
    // In bytes.
    private const int LargeRole = 1 << 20;

    private readonly DateTimeOffset _now;
    private readonly int _depth;

    // The roots that the session came through.
    private readonly List<RootMetadata> _former = [];

    // With the envelope, because another delegator may name other keys for the same role.
    private readonly Dictionary<string, (Envelope Envelope, TargetsMetadata Metadata)> _delegated = new(
        StringComparer.Ordinal
    );

    /// <param name="trustAnchor">The root that came with the program; checked against itself, so that a mix-up is found at once.</param>
    /// <param name="now">The time at which expiry is judged.</param>
    /// <param name="limits">The depth of JSON is taken from here; lengths are the reader's business.</param>
    public TrustedMetadata(ReadOnlyMemory<byte> trustAnchor, DateTimeOffset now, TufLimits limits)
    {
        _now = now;
        _depth = limits.JsonDepth;
        var envelope = Envelope.Parse(Roles.Root, trustAnchor, _depth);
        Root = RootMetadata.Parse(envelope);
        Root.RequireThreshold(Roles.Root, envelope);
        if (Root.Version == long.MaxValue)
        {
            throw new MetadataMalformedException(Roles.Root, $"no version can come after {Root.Version}.");
        }
    }

    public RootMetadata Root { get; private set; }

    public TimestampMetadata? Timestamp { get; private set; }

    public SnapshotMetadata? Snapshot { get; private set; }

    public TargetsMetadata? Targets { get; private set; }

    /// <summary>Section 5.3.4 to 5.3.7: the next root. Its expiry does not matter yet.</summary>
    public void AddRoot(ReadOnlyMemory<byte> bytes)
    {
        var envelope = Envelope.Parse(Roles.Root, bytes, _depth);
        // 5.3.4: by the threshold of the old keys, and of its own.
        Root.RequireThreshold(Roles.Root, envelope);
        var next = RootMetadata.Parse(envelope);
        next.RequireThreshold(Roles.Root, envelope);
        // 5.3.5: exactly one more.
        RequireVersion(Roles.Root, Root.Version + 1, next.Version);
        _former.Add(Root);
        Root = next;
    }

    /// <summary>Section 5.3.10: the last root must not have expired.</summary>
    public void RequireCurrentRoot() => RequireCurrent(Roles.Root, Root.Version, Root.Expires);

    /// <summary>
    /// Section 5.3.11, for metadata that an earlier run trusted and the root's keys have not signed: whether an earlier root's had, so that
    /// the keys have been rotated since. What differs from any signed bytes is damaged, and says nothing about keys.
    /// </summary>
    public bool IsByFormerKeys(string role, ReadOnlyMemory<byte> bytes)
    {
        var envelope = Envelope.Parse(role, bytes, _depth);
        return _former.Exists(root => root.CountValid(role, envelope) >= root.Roles[role].Threshold);
    }

    /// <summary>Section 5.3.11: the recovery from a fast-forward attack.</summary>
    public void ForgetTimestampAndSnapshot() => (Timestamp, Snapshot) = (null, null);

    /// <summary>What an earlier run trusted, as the memory against rollback.</summary>
    public void RecallTimestamp(ReadOnlyMemory<byte> bytes) =>
        Timestamp = TimestampMetadata.Parse(VerifiedByRoot(Roles.Timestamp, bytes));

    /// <summary>As <see cref="RecallTimestamp"/>; whether it is still the announced one, <see cref="IsAnnounced"/> says.</summary>
    public void RecallSnapshot(ReadOnlyMemory<byte> bytes) =>
        Snapshot = SnapshotMetadata.Parse(VerifiedByRoot(Roles.Snapshot, bytes));

    /// <summary>Section 5.4: a timestamp from the repository.</summary>
    /// <returns>False when it is the one that is trusted already, which is kept.</returns>
    public bool AddTimestamp(ReadOnlyMemory<byte> bytes)
    {
        // 5.4.2: signatures.
        var offered = TimestampMetadata.Parse(VerifiedByRoot(Roles.Timestamp, bytes));
        // 5.4.3.1: no older timestamp; the same version is discarded.
        if (offered.Version < Timestamp?.Version)
        {
            throw new RollbackException(Roles.Timestamp, Timestamp.Version, offered.Version, offered.Expires > _now);
        }

        if (offered.Version == Timestamp?.Version)
        {
            RequireCurrent(Roles.Timestamp, Timestamp.Version, Timestamp.Expires);
            return false;
        }

        // 5.4.3.2: no older snapshot. A recalled snapshot counts even where the timestamp beside it was lost.
        var seen = Math.Max(Timestamp?.Snapshot.Version ?? 0, Snapshot?.Version ?? 0);
        if (offered.Snapshot.Version < seen)
        {
            throw new RollbackException(Roles.Snapshot, seen, offered.Snapshot.Version);
        }
        // 5.4.4: expiry.
        RequireCurrent(Roles.Timestamp, offered.Version, offered.Expires);
        Timestamp = offered;
        return true;
    }

    /// <summary>Whether the recalled snapshot, these bytes, is the one that the timestamp announces and need not be asked for.</summary>
    public bool IsAnnounced(ReadOnlyMemory<byte> bytes)
    {
        var announced = RequireTimestamp().Snapshot;
        if (Snapshot is null || Snapshot.Version != announced.Version || Snapshot.Expires <= _now)
        {
            return false;
        }

        try
        {
            announced.Verify(Roles.Snapshot, bytes.Span);
            return true;
        }
        catch (LengthOrDigestMismatchException)
        {
            return false;
        }
    }

    /// <summary>Section 5.5: the snapshot that the timestamp announces.</summary>
    public void AddSnapshot(ReadOnlyMemory<byte> bytes)
    {
        var announced = RequireTimestamp().Snapshot;
        // 5.5.2: length and digests; 5.5.3: signatures.
        announced.Verify(Roles.Snapshot, bytes.Span);
        var offered = SnapshotMetadata.Parse(VerifiedByRoot(Roles.Snapshot, bytes));
        // 5.5.4: the announced version.
        RequireVersion(Roles.Snapshot, announced.Version, offered.Version);
        // 5.5.5: no targets role goes backwards or disappears.
        foreach (var (file, trusted) in Snapshot?.Meta ?? new Dictionary<string, MetaFile>(StringComparer.Ordinal))
        {
            var version = offered.Meta.TryGetValue(file, out var now) ? now.Version : 0;
            if (version < trusted.Version)
            {
                throw new RollbackException(RoleOf(file), trusted.Version, version);
            }
        }

        // 5.5.6: expiry.
        RequireCurrent(Roles.Snapshot, offered.Version, offered.Expires);
        Snapshot = offered;
    }

    /// <summary>Section 5.6: the targets metadata that the snapshot announces, from the repository or recalled.</summary>
    public void AddTargets(ReadOnlyMemory<byte> bytes)
    {
        // 5.6.2: length and digests; 5.6.3: signatures.
        Announced(Roles.Targets).Verify(Roles.Targets, bytes.Span);
        var envelope = Envelope.Parse(Roles.Targets, bytes, _depth);
        Targets = AnnouncedTargets(Roles.Targets, envelope, () => Root.RequireThreshold(Roles.Targets, envelope));
    }

    /// <summary>Section 5.6.7.2: the metadata of a delegated role, from the repository or recalled, by the keys of one delegator.</summary>
    public TargetsMetadata AddDelegated(Delegation edge, ReadOnlyMemory<byte> bytes)
    {
        Announced(edge.Role).Verify(edge.Role, bytes.Span);
        var envelope = Envelope.Parse(edge.Role, bytes, _depth);
        var metadata = AnnouncedTargets(edge.Role, envelope, () => edge.RequireThreshold(envelope));
        _delegated[edge.Role] = (envelope, metadata);
        return metadata;
    }

    /// <summary>A delegated role that another search or delegator has brought already; null when none has.</summary>
    /// <exception cref="ThresholdException">This delegator's keys have not signed it, whoever else's have.</exception>
    public TargetsMetadata? FindDelegated(Delegation edge)
    {
        if (!_delegated.TryGetValue(edge.Role, out var known))
        {
            return null;
        }

        edge.RequireThreshold(known.Envelope);
        return known.Metadata;
    }

    /// <summary>What the snapshot says of a targets role.</summary>
    /// <exception cref="NotFoundException">It does not list the role, so that nobody could tell an old version from the newest.</exception>
    public MetaFile Announced(string role)
    {
        var snapshot = Snapshot ?? throw new NotFoundException(Roles.Snapshot, "No snapshot is trusted yet.");
        return snapshot.Meta.TryGetValue($"{role}.json", out var file)
            ? file
            : throw new NotFoundException(role, $"Snapshot version {snapshot.Version} does not list the role {role}.");
    }

    /// <summary>Section 5.4.4, for a timestamp that was recalled and is to be used without asking the repository.</summary>
    public void RequireCurrentTimestamp()
    {
        var timestamp = RequireTimestamp();
        RequireCurrent(Roles.Timestamp, timestamp.Version, timestamp.Expires);
    }

    // 5.6.3: signatures; 5.6.4: the announced version; 5.6.5: expiry.
    private TargetsMetadata AnnouncedTargets(string role, Envelope envelope, Action requireThreshold)
    {
        var offered = Verified(role, envelope, requireThreshold);
        RequireVersion(role, Announced(role).Version, offered.Version);
        RequireCurrent(role, offered.Version, offered.Expires);
        return offered;
    }

    private TimestampMetadata RequireTimestamp() =>
        Timestamp ?? throw new NotFoundException(Roles.Timestamp, "No timestamp is trusted yet.");

    // Signatures first: nothing else of the document is looked at before.
    private Envelope VerifiedByRoot(string role, ReadOnlyMemory<byte> bytes)
    {
        var envelope = Envelope.Parse(role, bytes, _depth);
        Root.RequireThreshold(role, envelope);
        return envelope;
    }

    // To read a large role takes as long as to verify it, so that one processor reads while another verifies. What was read, and what was
    // wrong with it, is looked at only when the signatures have held.
    private static TargetsMetadata Verified(string role, Envelope envelope, Action requireThreshold)
    {
        if (envelope.Signed.Length < LargeRole)
        {
            requireThreshold();
            return TargetsMetadata.Parse(envelope, role);
        }

        var reading = Task.Run(() => TargetsMetadata.Parse(envelope, role));
        requireThreshold();
        return reading.GetAwaiter().GetResult();
    }

    private void RequireCurrent(string role, long version, DateTimeOffset expires)
    {
        if (expires <= _now)
        {
            throw new ExpiredException(role, version, expires, _now);
        }
    }

    private static void RequireVersion(string role, long expected, long actual)
    {
        if (actual != expected)
        {
            throw new VersionMismatchException(role, expected, actual);
        }
    }

    private static string RoleOf(string file) =>
        file.EndsWith(".json", StringComparison.Ordinal) ? file[..^".json".Length] : file;
}
