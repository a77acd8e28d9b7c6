using RepoTools.Delegating;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>A role as it is served. Its signatures are right; that it has expired is no reason not to show it.</summary>
/// <param name="Bytes">As they are served.</param>
/// <param name="Targets">Null for root, timestamp and snapshot.</param>
internal sealed record SeenRole(
    string Name,
    long Version,
    DateTimeOffset Expires,
    ReadOnlyMemory<byte> Bytes,
    TargetsMetadata? Targets = null
)
{
    /// <summary>In bytes.</summary>
    public int Length => Bytes.Length;
}

/// <summary>A delegated role that no host could use, and why.</summary>
internal sealed record UnusableRole(string Name, TufException Why);

/// <summary>Everything that a repository serves as metadata, verified from a trusted root on.</summary>
/// <param name="Roots">From the trusted one on, oldest first; the files beside what they say.</param>
/// <param name="Top">root, timestamp, snapshot and targets.</param>
/// <param name="Delegated">In the order of trust, each role once.</param>
/// <param name="Unusable">Delegated roles that are missing, or that their delegators' keys have not signed.</param>
internal sealed record SeenRepository(
    RepositoryAddress Address,
    IReadOnlyList<RootMetadata> Roots,
    IReadOnlyList<SeenRole> Top,
    SnapshotMetadata Snapshot,
    RoleGraph Graph,
    IReadOnlyList<SeenRole> Delegated,
    IReadOnlyList<UnusableRole> Unusable
)
{
    private readonly Dictionary<string, SeenRole> _byName = Top.Concat(Delegated)
        .ToDictionary(role => role.Name, StringComparer.Ordinal);

    public RootMetadata Root => Roots[^1];

    public IEnumerable<SeenRole> All => Top.Concat(Delegated);

    /// <summary>The roles that list targets: the top-level one, and those that are delegated to, in the order of trust.</summary>
    public IEnumerable<SeenRole> TargetsRoles => All.Where(role => role.Targets is not null);

    public SeenRole? Find(string role) => _byName.GetValueOrDefault(role);

    /// <exception cref="TufException">Some delegated role can't be used by a host.</exception>
    public SeenRepository RequireWhole() => Unusable.Count == 0 ? this : throw Unusable[0].Why;
}
