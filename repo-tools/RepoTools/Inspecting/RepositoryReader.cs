using RepoTools.Delegating;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Inspecting;

/// <summary>
/// Reads all metadata that a repository serves, by the rules of a host (<see cref="TrustedMetadata"/>) but for expiry, which is for the caller to
/// judge: who asks what has expired must get an answer.
/// </summary>
internal sealed class RepositoryReader(RepositoryAddress address, ITransport transport)
{
    /// <summary>Requests at a time, of the delegated roles.</summary>
    private const int AtOnce = 8;

    private static readonly TufLimits s_limits = new();

    private bool _consistent = true;

    /// <summary>Opens what an address stands for and reads it.</summary>
    public static async Task<SeenRepository> ReadAsync(RepositoryAddress address, CancellationToken cancel)
    {
        var anchor = address.ReadAnchor();
        var transport = address.NewTransport();
        using var _ = transport as IDisposable;
        return await new RepositoryReader(address, transport).ReadAsync(anchor, cancel);
    }

    /// <exception cref="TufException">What hosts refuse, expiry and single delegated roles apart.</exception>
    public async Task<SeenRepository> ReadAsync(byte[] anchor, CancellationToken cancel)
    {
        var session = new TrustedMetadata(anchor, DateTimeOffset.MinValue, s_limits);
        var roots = new List<RootMetadata> { session.Root };
        var root = new SeenRole(Roles.Root, session.Root.Version, session.Root.Expires, anchor);
        while (
            roots.Count <= s_limits.RootRotations
            && await FindAsync(Roles.Root, session.Root.Version + 1, s_limits.RootLength, cancel) is { } next
        )
        {
            session.AddRoot(next);
            roots.Add(session.Root);
            root = new SeenRole(Roles.Root, session.Root.Version, session.Root.Expires, next);
        }

        _consistent = session.Root.ConsistentSnapshot;
        var timestampBytes = await NeedAsync(Roles.Timestamp, null, s_limits.TimestampLength, cancel);
        session.AddTimestamp(timestampBytes);
        var timestamp = session.Timestamp!;
        var snapshotBytes = await NeedAsync(Roles.Snapshot, timestamp.Snapshot, s_limits.SnapshotLength, cancel);
        session.AddSnapshot(snapshotBytes);
        var snapshot = session.Snapshot!;
        var announced = session.Announced(Roles.Targets);
        var targetsBytes = await NeedAsync(Roles.Targets, announced, s_limits.TargetsLength, cancel);
        session.AddTargets(targetsBytes);
        var targets = session.Targets!;

        var (seen, unusable) = await ReadDelegatedAsync(session, cancel);
        // Bins that the snapshot does not list are told of once, above; all others are here.
        var graph = RoleGraph.Walk(
            role => DelegationsOf(session, seen, role),
            (_, bins) => bins.Names().Take(snapshot.Meta.Count)
        );
        return new SeenRepository(
            address,
            roots,
            [
                root,
                new SeenRole(Roles.Timestamp, timestamp.Version, timestamp.Expires, timestampBytes),
                new SeenRole(Roles.Snapshot, snapshot.Version, snapshot.Expires, snapshotBytes),
                new SeenRole(Roles.Targets, targets.Version, targets.Expires, targetsBytes, targets),
            ],
            snapshot,
            graph,
            [.. graph.Roles.Select(seen.GetValueOrDefault).OfType<SeenRole>()],
            unusable
        );
    }

    /// <summary>Breadth first, so that all that one role delegates to can be fetched at once; each role must satisfy everybody who delegates to it.</summary>
    private async Task<(Dictionary<string, SeenRole> Seen, List<UnusableRole> Unusable)> ReadDelegatedAsync(
        TrustedMetadata session,
        CancellationToken cancel
    )
    {
        var seen = new Dictionary<string, SeenRole>(StringComparer.Ordinal);
        var unusable = new Dictionary<string, UnusableRole>(StringComparer.Ordinal);
        var delegators = new List<string> { Roles.Targets };
        while (delegators.Count > 0)
        {
            var edges = delegators
                .SelectMany(role => EdgesOf(DelegationsOf(session, seen, role), role, session.Snapshot!.Meta.Count))
                .ToArray();
            var wanted = edges
                .Select(edge => edge.Role)
                .Where(role => !seen.ContainsKey(role) && !unusable.ContainsKey(role))
                .Distinct(StringComparer.Ordinal)
                .ToArray();
            var files = await FetchAsync(session, wanted, cancel);
            delegators.Clear();
            foreach (var edge in edges.Where(edge => !unusable.ContainsKey(edge.Role)))
            {
                try
                {
                    var isNew = !seen.ContainsKey(edge.Role);
                    var bytes = isNew ? files[edge.Role].Bytes : seen[edge.Role].Bytes;
                    // Again for each edge: another delegator may name other keys.
                    var metadata = session.AddDelegated(edge, bytes ?? throw files[edge.Role].Why!);
                    if (isNew)
                    {
                        seen[edge.Role] = new SeenRole(
                            edge.Role,
                            metadata.Version,
                            metadata.Expires,
                            bytes.Value,
                            metadata
                        );
                        delegators.Add(edge.Role);
                    }
                }
                catch (TufException why)
                {
                    unusable[edge.Role] = new UnusableRole(edge.Role, why);
                    seen.Remove(edge.Role);
                    delegators.Remove(edge.Role);
                }
            }
        }

        return (seen, [.. unusable.Values.OrderBy(role => role.Name, StringComparer.Ordinal)]);
    }

    private static Delegations? DelegationsOf(
        TrustedMetadata session,
        Dictionary<string, SeenRole> seen,
        string role
    ) => role == Roles.Targets ? session.Targets!.Delegations : seen.GetValueOrDefault(role)?.Targets!.Delegations;

    /// <param name="listed">How many roles the snapshot lists: of more bins than that one is missing for certain, and there may be 2^32.</param>
    private static IEnumerable<Delegation> EdgesOf(Delegations? delegations, string delegator, int listed) =>
        delegations switch
        {
            null => [],
            { Succinct: { } bins } => bins.Names()
                .Take(listed + 1)
                .Select(bin => delegations.EdgeToBin(bin, delegator)),
            _ => delegations.Roles.Select(role => delegations.EdgeTo(role, delegator)),
        };

    private async Task<Dictionary<string, (ReadOnlyMemory<byte>? Bytes, TufException? Why)>> FetchAsync(
        TrustedMetadata session,
        string[] roles,
        CancellationToken cancel
    )
    {
        var files = new (ReadOnlyMemory<byte>? Bytes, TufException? Why)[roles.Length];
        await Parallel.ForAsync(
            0,
            roles.Length,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel },
            async (i, ct) =>
            {
                try
                {
                    var announced = session.Announced(roles[i]);
                    files[i] = (await NeedAsync(roles[i], announced, s_limits.TargetsLength, ct), null);
                }
                // One role that is gone is a finding; a server that does not answer is none.
                catch (TufException why) when (why is not TransportException)
                {
                    files[i] = (null, why);
                }
            }
        );
        return roles.Zip(files).ToDictionary(pair => pair.First, pair => pair.Second, StringComparer.Ordinal);
    }

    /// <summary>Section 6.2: versions are part of the name where snapshots are consistent.</summary>
    private async Task<ReadOnlyMemory<byte>> NeedAsync(
        string role,
        MetaFile? announced,
        int limit,
        CancellationToken cancel
    )
    {
        var version = _consistent ? announced?.Version : null;
        return await FindAsync(role, version, (int)Math.Min(announced?.Length ?? limit, limit), cancel)
            ?? throw new NotFoundException(
                role,
                $"The repository has no {role}: {AddressText.Of(AddressOf(role, version))} is not there."
            );
    }

    private async Task<byte[]?> FindAsync(string role, long? version, int limit, CancellationToken cancel)
    {
        await using var file = await transport.OpenAsync(new TransportRequest(AddressOf(role, version), limit), cancel);
        if (file.Content is null)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        var buffer = new byte[16 * 1024];
        int count;
        while ((count = await file.Content.ReadAsync(buffer, cancel)) > 0)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > limit)
            {
                throw new TooLargeException(role, limit);
            }
        }

        return bytes.ToArray();
    }

    private Uri AddressOf(string role, long? version)
    {
        var folder = address.Metadata.AbsoluteUri.TrimEnd('/');
        return new Uri($"{folder}/{(version is null ? "" : $"{version}.")}{Uri.EscapeDataString(role)}.json");
    }
}
