using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Delegating;

/// <summary>Which role a target goes to. What no client could find there is refused, with the reason.</summary>
internal sealed class TargetPlaces(RoleView view)
{
    /// <summary>How many delegated roles our own client and others ask for one target unless they are told otherwise.</summary>
    private static readonly int s_limit = new TufLimits().DelegatedRoles;

    /// <summary>The role that has the target already, or the one that the most trusted delegations lead to.</summary>
    public string Find(TargetName name)
    {
        // As long as there is one way, as with bins, the search is a walk; a list of a hundred thousand targets is placed so.
        var role = Roles.Targets;
        for (var steps = 0; steps < s_limit; steps++)
        {
            if (view.Lists(role, name.Value))
            {
                return role;
            }

            Delegation[] edges = view.DelegationsOf(role) is { } delegations ? [.. delegations.For(name, role)] : [];
            if (edges.Length == 0)
            {
                return role;
            }

            if (edges.Length > 1)
            {
                break;
            }

            role = edges[0].Role;
        }

        return Owner(name) ?? SearchOrder.Leaf(name, view.DelegationsOf);
    }

    /// <summary>The role that a client would find the target in; null when nobody has it.</summary>
    public string? Owner(TargetName name) => Asked(name).FirstOrDefault(role => view.Lists(role, name.Value));

    /// <exception cref="UpdateException"><see cref="ErrorCodes.TargetUnreachable"/>, or <see cref="ErrorCodes.RoleMissing"/>.</exception>
    public void Require(TargetName name, string role)
    {
        foreach (var asked in Asked(name))
        {
            if (string.Equals(asked, role, StringComparison.Ordinal))
            {
                return;
            }

            if (view.Lists(asked, name.Value))
            {
                throw Unreachable(
                    name,
                    role,
                    $"{asked} is asked before it, and has a target of that name",
                    $"Remove that one with `repo-tools target remove`, or add to {asked}."
                );
            }
        }

        throw WhyNot(name, role);
    }

    private IEnumerable<string> Asked(TargetName name) => SearchOrder.Of(name, view.DelegationsOf).Take(1 + s_limit);

    private UpdateException WhyNot(TargetName name, string role)
    {
        var changed = new[] { role };
        if (RoleGraph.Walk(view.DelegationsOf, (_, bins) => changed.Where(bins.Contains)).EdgesTo(role).Count == 0)
        {
            return new UpdateException(
                ErrorCodes.RoleMissing,
                $"Nobody delegates to {role}.",
                "See `repo-tools delegation list` for the roles."
            );
        }

        if (SearchOrder.Of(name, view.DelegationsOf).Contains(role, StringComparer.Ordinal))
        {
            return Unreachable(
                name,
                role,
                $"a client asks {s_limit} delegated roles and no more",
                "Delegate to it earlier."
            );
        }

        var asked = SearchOrder.Of(name, view.DelegationsOf).ToArray();
        return SearchOrder.Of(name, view.DelegationsOf, heedTerminating: false).Contains(role, StringComparer.Ordinal)
            ? Unreachable(
                name,
                role,
                $"the search ends before it, at the terminating role {Terminating(name, asked)}",
                "Add it to a role before that one, or change the order of the delegations."
            )
            : Unreachable(
                name,
                role,
                "no delegation that leads to the role is for that name",
                "Add it under a name that matches, or see `repo-tools delegation list` for the patterns."
            );
    }

    /// <summary>The last terminating role on the way: nobody after it is asked.</summary>
    private string Terminating(TargetName name, string[] asked) =>
        asked.SelectMany(role => view.DelegationsOf(role)?.For(name, role) ?? []).Last(edge => edge.Terminating).Role;

    private static UpdateException Unreachable(TargetName name, string role, string why, string next) =>
        new(ErrorCodes.TargetUnreachable, $"No host would find {name} in {role}: {why}.", next);
}
