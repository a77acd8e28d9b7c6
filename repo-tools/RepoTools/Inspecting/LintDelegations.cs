using RepoTools.Delegating;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>Roles that no host asks, patterns that match nothing, and roles that have nothing to say.</summary>
internal sealed class LintDelegations(SeenRepository repository)
{
    public IEnumerable<Finding> All() => Order().Concat(Empty());

    private IEnumerable<Finding> Order()
    {
        foreach (var delegator in repository.TargetsRoles.Where(r => r.Targets!.Delegations is { Succinct: null }))
        {
            DelegatedRole? everything = null;
            foreach (var role in delegator.Targets!.Delegations!.Roles)
            {
                if (everything is not null && role.Paths?.All(p => IsCovered(p, everything)) == true)
                {
                    yield return new Finding(
                        "delegation-unreachable",
                        Finding.Error,
                        $"No host that comes from {delegator.Name} ever asks {role.Name}: the terminating role {everything.Name} stands before it and is for the same names.",
                        $"Move it with `repo-tools delegation add --before {everything.Name}`, or take it away."
                    );
                }

                foreach (var pattern in role.Paths?.Where(IsNever) ?? [])
                {
                    yield return new Finding(
                        "pattern-never",
                        Finding.Error,
                        $"The pattern {pattern.Value} of {role.Name} can match no target's name.",
                        "Patterns are for names without a slash at the start or the end, without empty segments, '.' or '..'."
                    );
                }

                everything ??= role is { Terminating: true, Paths: not null } ? role : null;
            }
        }
    }

    private IEnumerable<Finding> Empty()
    {
        foreach (var role in repository.Delegated.Where(r => r.Targets is { Targets.Count: 0, Delegations: null }))
        {
            // An empty bin is what most bins are at first.
            if (repository.Graph.EdgesTo(role.Name).All(IsNamed))
            {
                yield return new Finding(
                    "role-empty",
                    Finding.Note,
                    $"The delegated role {role.Name} has no target and delegates to nobody.",
                    "Add its targets with `repo-tools target add`, or take the trust away with `repo-tools delegation remove`."
                );
            }
        }
    }

    private bool IsNamed(Delegation edge) =>
        repository
            .Find(edge.Delegator)
            ?.Targets?.Delegations?.Roles.Any(r => r.Name == edge.Role && r.Paths is not null) == true;

    /// <summary>A pattern without its stars' freedom is a name; what can't be one has no name to match.</summary>
    private static bool IsNever(PathPattern pattern) => NameOf(pattern) is null;

    private static TargetName? NameOf(PathPattern pattern)
    {
        try
        {
            return new TargetName(pattern.Value);
        }
        catch (MetadataMalformedException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether another role is for whatever a pattern matches: by the same pattern, or one whose stars take it in. To a star the pattern's own stars
    /// are characters like others; to a question mark they would be one character, which they are not.
    /// </summary>
    private static bool IsCovered(PathPattern pattern, DelegatedRole by) =>
        by.Paths!.Any(wide =>
            string.Equals(wide.Value, pattern.Value, StringComparison.Ordinal)
            || (!wide.Value.Contains('?') && NameOf(pattern) is { } name && wide.Matches(name))
        );
}
