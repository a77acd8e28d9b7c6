using RepoTools.Publishing;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Delegating;

/// <summary>
/// Who delegates to whom, from the top-level targets on. A rule on values: what a role delegates is asked for. A role may be trusted by several
/// delegators, each with keys of its own, and its metadata must satisfy all of them, or clients that come from the others refuse it.
/// </summary>
internal sealed class RoleGraph
{
    private readonly Dictionary<string, List<Delegation>> _edges = new(StringComparer.Ordinal);
    private readonly List<string> _roles = [];

    private RoleGraph() { }

    /// <summary>The delegated roles, each once, depth first in the order of trust.</summary>
    public IReadOnlyList<string> Roles => _roles;

    /// <summary>The delegators' edges to a role; none when nobody delegates to it.</summary>
    public IReadOnlyList<Delegation> EdgesTo(string role) => _edges.TryGetValue(role, out var edges) ? edges : [];

    /// <param name="delegationsOf">What a role delegates; null for nothing.</param>
    /// <param name="bins">Of a delegator's bins, those that matter: there may be 2^32, and each is a file to read.</param>
    public static RoleGraph Walk(
        Func<string, Delegations?> delegationsOf,
        Func<string, SuccinctRoles, IEnumerable<string>> bins
    )
    {
        var graph = new RoleGraph();
        var next = new Stack<string>([UpdateEngine.Tuf.Metadata.Roles.Targets]);
        while (next.TryPop(out var delegator))
        {
            if (delegationsOf(delegator) is not { } delegations)
            {
                continue;
            }

            var edges = delegations.Succinct is { } succinct
                ? bins(delegator, succinct).Select(bin => delegations.EdgeToBin(bin, delegator))
                : delegations.Roles.Select(role => delegations.EdgeTo(role, delegator));
            foreach (var role in edges.Select(graph.Add).OfType<string>().Reverse().ToArray())
            {
                next.Push(role);
            }
        }

        return graph;
    }

    /// <summary>All edges of one delegator, every bin's among them, made as they are asked for.</summary>
    public static IEnumerable<Delegation> EdgesOf(Delegations? delegations, string delegator) =>
        delegations switch
        {
            null => [],
            { Succinct: { } bins } => bins.Names().Select(bin => delegations.EdgeToBin(bin, delegator)),
            _ => delegations.Roles.Select(role => delegations.EdgeTo(role, delegator)),
        };

    /// <returns>The role, when it is new.</returns>
    private string? Add(Delegation edge)
    {
        if (_edges.TryGetValue(edge.Role, out var edges))
        {
            edges.Add(edge);
            return null;
        }

        _edges[edge.Role] = [edge];
        _roles.Add(edge.Role);
        return edge.Role;
    }
}
