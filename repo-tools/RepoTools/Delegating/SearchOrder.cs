using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Delegating;

/// <param name="Role">Who is asked.</param>
/// <param name="By">The delegation that the search came by; null for the top-level targets.</param>
internal sealed record SearchStep(string Role, Delegation? By);

/// <summary>
/// Whom a client asks for a target, in which order: specification 5.6.7, depth first, each role once, nobody after a terminating role. The publisher's
/// mirror of the client's search; that one reads the repository role by role, this one a publisher's view of it.
/// </summary>
internal static class SearchOrder
{
    /// <summary>The top-level targets first. Nothing is read before the caller asks for the next role.</summary>
    /// <param name="name">The target.</param>
    /// <param name="delegationsOf">What a role delegates; null for nothing.</param>
    /// <param name="heedTerminating">False for those who would be asked if no role were terminating: for explanations.</param>
    public static IEnumerable<string> Of(
        TargetName name,
        Func<string, Delegations?> delegationsOf,
        bool heedTerminating = true
    ) => Steps(name, delegationsOf, heedTerminating).Select(step => step.Role);

    /// <summary>As <see cref="Of"/>, with the delegation that leads to each role.</summary>
    public static IEnumerable<SearchStep> Steps(
        TargetName name,
        Func<string, Delegations?> delegationsOf,
        bool heedTerminating = true
    )
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<SearchStep>([new SearchStep(Roles.Targets, null)]);
        while (next.TryPop(out var step))
        {
            var role = step.Role;
            if (!asked.Add(role))
            {
                continue;
            }

            yield return step;
            if (delegationsOf(role) is not { } delegations)
            {
                continue;
            }

            Delegation[] edges = heedTerminating ? [.. delegations.For(name, role)] : [.. All(delegations, name, role)];
            // 5.6.7.2.1: whoever comes after a terminating role is not asked, wherever in the graph.
            if (heedTerminating && edges.Length > 0 && edges[^1].Terminating)
            {
                next.Clear();
            }

            foreach (var edge in edges.Reverse())
            {
                next.Push(new SearchStep(edge.Role, edge));
            }
        }
    }

    /// <summary>The role that the most trusted delegations lead to: where a new target belongs, and where a client is sure to come by.</summary>
    public static string Leaf(TargetName name, Func<string, Delegations?> delegationsOf)
    {
        var role = Roles.Targets;
        var passed = new HashSet<string>([role], StringComparer.Ordinal);
        while (delegationsOf(role)?.For(name, role).FirstOrDefault() is { } edge && passed.Add(edge.Role))
        {
            role = edge.Role;
        }

        return role;
    }

    private static IEnumerable<Delegation> All(Delegations delegations, TargetName name, string delegator) =>
        delegations.Succinct is not null
            ? delegations.For(name, delegator)
            : delegations.Roles.Where(role => role.IsFor(name)).Select(role => delegations.EdgeTo(role, delegator));
}
