using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// Section 5.6.7: who answers for a target. Depth first, in the order of the delegations, each role once: so cycles end, and of two roles
/// that have the target the one that is trusted more is heard. A role is asked for when its turn comes, not before.
/// </summary>
/// <param name="session">Its targets metadata is where the search begins.</param>
/// <param name="limit">How many delegated roles may be asked.</param>
/// <param name="load">Brings a role's metadata, verified by the keys of the delegator that the search came from.</param>
internal sealed class TargetSearch(
    TrustedMetadata session,
    int limit,
    Func<Delegation, CancellationToken, Task<TargetsMetadata>> load
)
{
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);
    private readonly Stack<Delegation> _next = new();

    /// <returns>Null when nobody who may has the target.</returns>
    /// <exception cref="NotFoundException">Nothing is trusted yet, or the limit was reached.</exception>
    public async Task<TargetFile?> FindAsync(TargetName name, CancellationToken ct)
    {
        var role =
            session.Targets
            ?? throw new NotFoundException(Roles.Targets, "No targets metadata is trusted yet: refresh first.");
        var roleName = Roles.Targets;
        while (true)
        {
            if (role.Targets.TryGetValue(name.Value, out var target))
            {
                return target;
            }

            Follow(role, roleName, name);
            if (NextNotAsked(name) is not { } edge)
            {
                return null;
            }

            role = await load(edge, ct);
            roleName = edge.Role;
        }
    }

    private void Follow(TargetsMetadata role, string roleName, TargetName name)
    {
        Delegation[] edges = [.. role.Delegations?.For(name, roleName) ?? []];
        // 5.6.7.2.1: whoever comes after a terminating role is not asked, wherever in the graph.
        if (edges.Length > 0 && edges[^1].Terminating)
        {
            _next.Clear();
        }

        foreach (var edge in edges.Reverse())
        {
            _next.Push(edge);
        }
    }

    private Delegation? NextNotAsked(TargetName name)
    {
        while (_next.TryPop(out var edge))
        {
            if (_asked.Contains(edge.Role))
            {
                continue;
            }

            if (_asked.Count >= limit)
            {
                throw new NotFoundException(
                    name.Value,
                    $"None of the first {limit} roles has {name}, and no more are asked."
                );
            }

            _asked.Add(edge.Role);
            return edge;
        }

        return null;
    }
}
