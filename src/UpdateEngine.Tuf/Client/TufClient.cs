using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// A TUF client: fetches metadata, keeps it, and opens targets. Rules are in <see cref="TrustedMetadata"/>; this is the input and output
/// around them. Not for use by several threads at once; processes (and clients) that share a metadata directory wait for each other's
/// refreshes.
/// Every error is a <see cref="TufException"/>; after one, the store and what was trusted before still work.
/// </summary>
public sealed class TufClient
{
    private readonly TufClientOptions _options;
    private readonly MetadataStore _store;
    private readonly Repository _repository;
    private TrustedMetadata _trusted;
    private bool _isOffline;

    private TufClient(TufClientOptions options)
    {
        _options = options;
        RequireBase(options.MetadataUrl);
        RequireBase(options.TargetsUrl);
        foreach (var mirror in options.Mirrors)
        {
            RequireBase(mirror.MetadataUrl);
            RequireBase(mirror.TargetsUrl);
        }

        // The anchor is judged before anything is written or asked for.
        _trusted = NewSession([]);
        _store = new MetadataStore(options.MetadataDirectory);
        _repository = new Repository(options);
    }

    /// <summary>The newest root that is trusted so far.</summary>
    public long RootVersion => _trusted.Root.Version;

    /// <summary>As <see cref="RootVersion"/>, with what it says.</summary>
    public RootMetadata Root => _trusted.Root;

    /// <summary>Of the last refresh or load; null before it.</summary>
    public SnapshotMetadata? Snapshot => _trusted.Snapshot;

    /// <summary>What is trusted of the top-level targets role since the last refresh or load; null before.</summary>
    public TargetsMetadata? Targets => _trusted.Targets;

    /// <summary>
    /// Since the last refresh began: what its <see cref="RefreshResult"/> says, and mirrors that were passed over since then, or in a
    /// refresh that failed.
    /// </summary>
    public IReadOnlyList<string> Warnings => _repository.Mirrors.Warnings;

    /// <summary>Checks the trust anchor against itself, then walks the cached chain from it. Makes no request.</summary>
    /// <exception cref="ArgumentException">An address is relative, or has a query or a fragment.</exception>
    public static TufClient Open(TufClientOptions options)
    {
        var client = new TufClient(options);
        var newest = new StoredChain(client._store, options.Limits).Walk(client._trusted, options.TrustedRoot, []);
        var version = client._trusted.Root.Version;
        try
        {
            client._store.WriteRoot(version, newest);
        }
        catch (StoreFailedException) when (client._store.ReadRoot(version, options.Limits.RootLength) is not null)
        {
            // Only root.json lags, which is for people: a full disk keeps nobody from what is trusted.
        }

        return client;
    }

    /// <summary>Section 5.1 to 5.6. With nothing new this takes two requests.</summary>
    public async Task<RefreshResult> RefreshAsync(CancellationToken ct)
    {
        using var _ = await _store.LockAsync(_options.Time, ct);
        var warnings = _repository.Mirrors.Warnings = [];
        var session = NewSession(warnings);
        var memory = new StoredRoles(_store, session, _options.Limits, warnings);
        await UpdateRootAsync(session, warnings, ct);
        memory.Recall();
        await UpdateTimestampAsync(session, ct);
        await UpdateSnapshotAsync(session, memory, ct);
        await UpdateTargetsAsync(session, memory, ct);
        return Trust(session, warnings, isOffline: false);
    }

    /// <summary>
    /// Uses what is in the store, every signature verified again from the trust anchor on, without a request. While another process
    /// refreshes the same store this may wait for it.
    /// </summary>
    /// <param name="ct">Stops the wait.</param>
    /// <param name="at">The time at which expiry is judged; now, if it is null. What had expired before cannot be used.</param>
    /// <exception cref="NotFoundException">There has been no complete refresh yet.</exception>
    /// <exception cref="StoreCorruptException">A file is not what was written.</exception>
    /// <exception cref="ExpiredException">A role had expired at that time.</exception>
    public async Task<RefreshResult> LoadTrustedAsync(CancellationToken ct, DateTimeOffset? at = null)
    {
        try
        {
            return LoadTrusted(at);
        }
        catch (StoreCorruptException)
        {
            // It may only be half of what another process is writing just now; if it still is when that has ended, it is damage.
            using var _ = await _store.LockAsync(_options.Time, ct);
            return LoadTrusted(at);
        }
    }

    /// <summary>
    /// Section 5.6.7: asks targets, then the roles that it delegates the target to, and theirs. A delegated role is asked for when a search
    /// comes to it first, and never after <see cref="LoadTrustedAsync"/>, which makes do with the store.
    /// </summary>
    /// <returns>Null when no role has such a target.</returns>
    /// <exception cref="NotFoundException">
    /// Nothing was refreshed or loaded yet; or a role that must be asked cannot be had; or the search came to its limit.
    /// </exception>
    public Task<TargetFile?> FindTargetAsync(TargetName name, CancellationToken ct) =>
        new TargetSearch(_trusted, _options.Limits.DelegatedRoles, LoadDelegatedAsync).FindAsync(name, ct);

    /// <summary>
    /// Section 5.6.7.2, for those who want to see all that a repository delegates: one role, as a search that comes by this edge would load it.
    /// </summary>
    /// <exception cref="NotFoundException">The snapshot does not list the role, or it can't be had.</exception>
    /// <exception cref="ThresholdException">The delegator's keys have not signed it.</exception>
    public Task<TargetsMetadata> LoadRoleAsync(Delegation edge, CancellationToken ct) => LoadDelegatedAsync(edge, ct);

    /// <summary>Section 5.7. The caller reads, then calls <see cref="VerifiedStream.CompleteAsync"/>, and only then believes.</summary>
    public Task<VerifiedStream> OpenTargetAsync(TargetFile target, CancellationToken ct) =>
        _repository.OpenVerifiedAsync(target, _trusted.Root.ConsistentSnapshot, null, ct);

    /// <summary>
    /// The rest of a target, for a caller who has what comes before and <em>another signed digest of the whole</em>: this one's digests can't be
    /// compared then, its length is. A server that knows no ranges, or has another file now, sends it from the beginning; then
    /// <see cref="VerifiedStream.StartedAt"/> is 0, and all is verified as ever.
    /// </summary>
    /// <param name="target">From <see cref="FindTargetAsync"/>.</param>
    /// <param name="resume">Below the target's length.</param>
    /// <param name="ct">Stops the attempt.</param>
    public Task<VerifiedStream> OpenRestOfTargetAsync(TargetFile target, ResumePoint resume, CancellationToken ct) =>
        _repository.OpenVerifiedAsync(target, _trusted.Root.ConsistentSnapshot, resume, ct);

    /// <summary>A small target, whole and verified.</summary>
    /// <param name="target">From <see cref="FindTargetAsync"/>.</param>
    /// <param name="maxLength">In bytes; a target that is signed as longer is not asked for.</param>
    /// <param name="ct">Stops the transfer.</param>
    public async Task<byte[]> ReadTargetAsync(TargetFile target, long maxLength, CancellationToken ct)
    {
        if (target.Length > Math.Min(maxLength, Array.MaxLength))
        {
            throw new TooLargeException(target.Name, maxLength);
        }

        await using var stream = await OpenTargetAsync(target, ct);
        var bytes = new byte[target.Length];
        _ = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        await stream.CompleteAsync(ct);
        return bytes;
    }

    /// <summary>
    /// A target into a file, which holds the old content or the verified new one at every moment. What a failed attempt brought is gone on
    /// with by the next one, in another process too. No request is made when the file is right already.
    /// </summary>
    /// <param name="target">From <see cref="FindTargetAsync"/>.</param>
    /// <param name="path">In an existing directory; for a safe name see <see cref="TargetName.ToFileName"/>.</param>
    /// <param name="options">Null for the defaults.</param>
    /// <param name="ct">Stops the transfer.</param>
    /// <exception cref="StoreFailedException">A file could not be read or written, or another process downloads the same target.</exception>
    public Task DownloadTargetAsync(
        TargetFile target,
        string path,
        DownloadOptions? options = null,
        CancellationToken ct = default
    )
    {
        var consistent = _trusted.Root.ConsistentSnapshot;
        return new TargetDownload(
            target,
            path,
            options ?? new DownloadOptions(),
            (resume, token) => _repository.OpenTargetAsync(target, consistent, resume, token)
        ).RunAsync(ct);
    }

    // Names of files are appended to it: a query would be lost on the way.
    private static void RequireBase(Uri address)
    {
        if (!address.IsAbsoluteUri || address.Query is not "" || address.Fragment is not "")
        {
            throw new ArgumentException(
                $"The base address must be absolute, without query and fragment: '{address.OriginalString.Split('?', '#')[0]}'.",
                nameof(address)
            );
        }
    }

    private RefreshResult LoadTrusted(DateTimeOffset? at)
    {
        var warnings = new List<string>();
        var session = at is { } time
            ? new TrustedMetadata(_options.TrustedRoot, time, _options.Limits)
            : NewSession(warnings);
        var chain = new StoredChain(_store, _options.Limits);
        // A damaged root that others follow is an error below; nothing can be asked for again here.
        chain.Walk(session, _options.TrustedRoot, []);
        chain.RequireComplete(session);
        session.RequireCurrentRoot();
        new StoredRoles(_store, session, _options.Limits, []).Load();
        return Trust(session, warnings, isOffline: true);
    }

    private RefreshResult Trust(TrustedMetadata session, List<string> warnings, bool isOffline)
    {
        (_trusted, _isOffline) = (session, isOffline);
        return new RefreshResult(
            session.Root.Version,
            session.Timestamp!.Version,
            session.Snapshot!.Version,
            session.Targets!.Version,
            [.. warnings]
        );
    }

    // One time for everything that follows (5.1).
    private TrustedMetadata NewSession(List<string> warnings)
    {
        var now = _options.Time.GetUtcNow();
        if (_options.ClockFloor is { } floor && now < floor)
        {
            warnings.Add(
                $"clock: it says {Rfc3339.Format(now)}, which is before {Rfc3339.Format(floor)}; expiry was judged at the latter"
            );
            now = floor;
        }

        return new TrustedMetadata(_options.TrustedRoot, now, _options.Limits);
    }

    // Section 5.3. Each root is taken from the store where it is there and good, and asked for otherwise.
    private async Task UpdateRootAsync(TrustedMetadata session, List<string> warnings, CancellationToken ct)
    {
        var chain = new StoredChain(_store, _options.Limits);
        chain.Walk(session, _options.TrustedRoot, warnings);
        for (var fetched = 0; fetched < _options.Limits.RootRotations; fetched++)
        {
            var next = session.Root.Version + 1;
            if (await _repository.ReadRootAsync(next, root => session.AddRoot(root), ct) is not { } bytes)
            {
                break;
            }

            // 5.3.8: kept as soon as it is trusted, and never before.
            _store.WriteRoot(session.Root.Version, bytes);
            chain.Walk(session, bytes, warnings);
        }

        chain.RequireComplete(session);
        try
        {
            session.RequireCurrentRoot();
        }
        catch (ExpiredException)
        {
            // Nothing was refused, so no other mirror was asked; it may be this one that lags.
            _repository.Mirrors.DemotePreferred();
            throw;
        }
    }

    private async Task UpdateTimestampAsync(TrustedMetadata session, CancellationToken ct)
    {
        var isNew = false;
        var limit = _options.Limits.TimestampLength;
        var bytes = await _repository.ReadAsync(
            Roles.Timestamp,
            null,
            limit,
            offered => isNew = session.AddTimestamp(offered),
            ct
        );
        // 5.4.5: kept once it is verified, and not when its snapshot went backwards (AddTimestamp refuses it then).
        if (isNew)
        {
            _store.Write(Roles.Timestamp, bytes);
        }
    }

    private async Task UpdateSnapshotAsync(TrustedMetadata session, StoredRoles memory, CancellationToken ct)
    {
        if (memory.Snapshot is { } stored && session.IsAnnounced(stored))
        {
            return;
        }

        var announced = session.Timestamp!.Snapshot;
        var limit = _options.Limits.SnapshotLength;
        var bytes = await ReadAnnouncedAsync(
            session,
            Roles.Snapshot,
            announced,
            limit,
            b => session.AddSnapshot(b),
            ct
        );
        _store.Write(Roles.Snapshot, bytes);
    }

    private async Task UpdateTargetsAsync(TrustedMetadata session, StoredRoles memory, CancellationToken ct)
    {
        if (memory.TryTargets(Roles.Targets, bytes => session.AddTargets(bytes)))
        {
            return;
        }

        var announced = session.Announced(Roles.Targets);
        var limit = _options.Limits.TargetsLength;
        var bytes = await ReadAnnouncedAsync(session, Roles.Targets, announced, limit, b => session.AddTargets(b), ct);
        _store.Write(Roles.Targets, bytes);
    }

    private async Task<TargetsMetadata> LoadDelegatedAsync(Delegation edge, CancellationToken ct)
    {
        var session = _trusted;
        if (session.FindDelegated(edge) is { } known)
        {
            return known;
        }

        using var _ = await _store.LockAsync(_options.Time, ct);
        // Before anything is asked for: what the snapshot does not list cannot be told from an old version.
        var announced = session.Announced(edge.Role);
        var memory = new StoredRoles(_store, session, _options.Limits, []);
        if (memory.TryTargets(edge.Role, stored => session.AddDelegated(edge, stored)))
        {
            return session.FindDelegated(edge)!;
        }

        if (_isOffline)
        {
            throw new NotFoundException(edge.Role, $"The store has no usable {edge.Role} metadata: refresh first.");
        }

        var limit = _options.Limits.TargetsLength;
        TargetsMetadata? metadata = null;
        var bytes = await ReadAnnouncedAsync(
            session,
            edge.Role,
            announced,
            limit,
            offered => metadata = session.AddDelegated(edge, offered),
            ct
        );
        _store.Write(edge.Role, bytes);
        return metadata!;
    }

    private Task<ReadOnlyMemory<byte>> ReadAnnouncedAsync(
        TrustedMetadata session,
        string role,
        MetaFile announced,
        int limit,
        Action<ReadOnlyMemory<byte>> accept,
        CancellationToken ct
    )
    {
        if (announced.Length > limit)
        {
            throw new TooLargeException(role, limit);
        }

        // Section 6.2: versions are part of the name where snapshots are consistent.
        var version = session.Root.ConsistentSnapshot ? announced.Version : (long?)null;
        return _repository.ReadAsync(role, version, (int)(announced.Length ?? limit), accept, ct);
    }
}
