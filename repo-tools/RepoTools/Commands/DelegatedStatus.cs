using RepoTools.Delegating;
using RepoTools.Inspecting;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <summary>The delegated roles of a repository as `status` shows them, and the files of targets that are gone. Refuses nothing.</summary>
internal sealed class DelegatedStatus
{
    /// <summary>Lines of roles that are in order: of thousands of bins nobody reads each.</summary>
    private const int MostShown = 20;

    private readonly PublishedRoles _published;
    private readonly List<string> _faults = [];

    public DelegatedStatus(Workspace workspace, Published now, DateTimeOffset at)
    {
        _published = new PublishedRoles(workspace, now);
        var broken = new HashSet<string>(StringComparer.Ordinal);
        var graph = RoleGraph.Walk(role => Find(role, broken)?.Metadata.Delegations, (_, bins) => Listed(bins));
        Roles = [.. graph.Roles.Select(role => Of(role, graph.EdgesTo(role), Find(role, broken), at))];
        CountFiles(
            workspace,
            graph.Roles.Prepend(UpdateEngine.Tuf.Metadata.Roles.Targets).Select(r => Find(r, broken))
        );
    }

    /// <summary>In the order of trust.</summary>
    public IReadOnlyList<RoleStatus> Roles { get; }

    /// <summary>One sentence each.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>The first roles, and every one that needs somebody.</summary>
    public static IReadOnlyList<RoleStatus> Shown(IReadOnlyList<RoleStatus> roles) =>
        [
            .. roles.Where(
                (role, i) => i < MostShown || role.Expired || role.Version is null || role.Signatures < role.Threshold
            ),
        ];

    private static RoleStatus Of(
        string role,
        IReadOnlyList<Delegation> edges,
        PublishedRole? published,
        DateTimeOffset at
    )
    {
        // Of several delegators the one that is served worst: its hosts refuse the role.
        var (signatures, edge) = edges
            .Select(edge => (Valid: published is null ? 0 : edge.CountValid(published.Envelope), Edge: edge))
            .MinBy(pair => pair.Valid - pair.Edge.RoleKeys.Threshold);
        return new RoleStatus(
            role,
            published?.Metadata.Version,
            published?.Metadata.Expires,
            published?.Metadata.Expires <= at,
            signatures,
            edge.RoleKeys.Threshold,
            [.. edge.RoleKeys.KeyIds]
        );
    }

    /// <summary>Bins that were published, and the first that was not: there may be 2^32.</summary>
    private IEnumerable<string> Listed(SuccinctRoles bins)
    {
        foreach (var bin in bins.Names())
        {
            yield return bin;
            if (_published.VersionOf(bin) == 0)
            {
                yield break;
            }
        }
    }

    private PublishedRole? Find(string role, HashSet<string> broken)
    {
        try
        {
            return broken.Contains(role) ? null : _published.Find(role);
        }
        catch (UpdateException fault)
        {
            broken.Add(role);
            _faults.Add(fault.Message);
            return null;
        }
    }

    private void CountFiles(Workspace workspace, IEnumerable<PublishedRole?> roles)
    {
        var gone = roles
            .SelectMany(role => role?.Metadata.Targets.Values ?? [])
            .Where(file => !File.Exists(workspace.Target(file.Name, TargetReader.DigestOf(file))))
            .Select(file => file.Name)
            .ToArray();
        if (gone.Length > 0)
        {
            var more = gone.Length > 1 ? $" and {gone.Length - 1} more" : "";
            _faults.Add(
                $"The file of the target {gone[0]}{more} is not in {workspace.Targets}; that is in order only where it is served from elsewhere."
            );
        }
    }
}
