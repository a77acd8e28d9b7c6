using RepoTools.Delegating;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>A role that a host asks for a target.</summary>
/// <param name="Delegator">Who sends the host there; null for the top-level targets.</param>
/// <param name="For">How the delegation says that it is for the target; null for the top-level targets.</param>
/// <param name="SignedBy">Ids of the keys whose signatures count.</param>
/// <param name="Lists">Whether it answers for the target, so that the search ends.</param>
internal sealed record AskedRole(
    string Role,
    long Version,
    string? Delegator,
    string? For,
    bool Terminating,
    long Threshold,
    IReadOnlyList<string> SignedBy,
    bool Lists
);

/// <summary>A role that no host asks for the target, and why, as the end of a sentence.</summary>
internal sealed record RoleNotAsked(string Role, string Delegator, string Why);

/// <param name="File">Null when no role that is asked has the target.</param>
/// <param name="Role">Who answers for it.</param>
internal sealed record TargetWay(
    string Name,
    string? Role,
    TargetFile? File,
    IReadOnlyList<AskedRole> Asked,
    IReadOnlyList<RoleNotAsked> NotAsked
);

/// <summary>Who answers for a target, by which way, and who does not. A rule on what was read.</summary>
internal sealed class TargetAnswerer(SeenRepository repository)
{
    private static readonly int s_limit = new TufLimits().DelegatedRoles;

    /// <exception cref="TufException">A role that a host has to ask can't be used.</exception>
    public TargetWay Find(TargetName name)
    {
        var asked = new List<AskedRole>();
        TargetFile? file = null;
        string? owner = null;
        foreach (var step in SearchOrder.Steps(name, DelegationsOf).Take(1 + s_limit))
        {
            var role = repository.Find(step.Role) ?? throw Unusable(step.Role);
            var lists = role.Targets!.Targets.TryGetValue(name.Value, out file);
            asked.Add(Asked(step, role, name, lists));
            if (lists)
            {
                owner = step.Role;
                break;
            }
        }

        return new TargetWay(name.Value, owner, file, asked, [.. NotAsked(name, asked, owner)]);
    }

    private TufException Unusable(string role) => repository.Unusable.First(u => u.Name == role).Why;

    private Delegations? DelegationsOf(string role) => repository.Find(role)?.Targets?.Delegations;

    private AskedRole Asked(SearchStep step, SeenRole role, TargetName name, bool lists)
    {
        var keys = step.By?.RoleKeys ?? repository.Root.Roles[Roles.Targets];
        return new AskedRole(
            step.Role,
            role.Version,
            step.By?.Delegator,
            step.By is { } by ? ForOf(DelegationsOf(by.Delegator)!, by.Role, name) : null,
            step.By?.Terminating ?? false,
            keys.Threshold,
            role.SignedBy(keys, step.By?.Keys ?? repository.Root.Keys),
            lists
        );
    }

    /// <summary>"apps/*", "names whose SHA-256 begins with 3f", "its bin"</summary>
    private static string ForOf(Delegations delegations, string role, TargetName name)
    {
        if (delegations.Roles.FirstOrDefault(r => r.Name == role) is not { } named)
        {
            return $"the bin of this name, one of {delegations.Succinct!.Count}";
        }

        return named.Paths is { } paths
            ? paths.First(pattern => pattern.Matches(name)).Value
            : $"names whose SHA-256 begins with {named.PathHashPrefixes!.First(p => (named with { PathHashPrefixes = [p] }).IsFor(name))}";
    }

    /// <summary>Everybody whom somebody that was asked delegates to; bins of other names are no news.</summary>
    private IEnumerable<RoleNotAsked> NotAsked(TargetName name, List<AskedRole> asked, string? owner)
    {
        var known = asked.Select(a => a.Role).ToHashSet(StringComparer.Ordinal);
        foreach (var delegator in asked.Select(a => a.Role))
        {
            string? terminating = null;
            foreach (var role in DelegationsOf(delegator)?.Roles ?? [])
            {
                if (known.Add(role.Name))
                {
                    yield return new RoleNotAsked(role.Name, delegator, WhyNot(role));
                }

                terminating ??= role.Terminating && role.IsFor(name) ? role.Name : null;
            }

            string WhyNot(DelegatedRole role) =>
                !role.IsFor(name) ? $"it is only for {PatternsOf(role)}"
                : terminating is not null ? $"the search ends before it, at the terminating role {terminating}"
                : owner is not null ? $"{owner} was asked before it, and has the target"
                : asked.Count > s_limit ? $"a host asks {s_limit} delegated roles and no more"
                : $"the search ended at the terminating role {asked.Last(a => a.Terminating).Role}";
        }
    }

    private static string PatternsOf(DelegatedRole role)
    {
        const int Most = 4;
        var patterns = role.Paths?.Select(p => p.Value).ToArray() ?? [.. role.PathHashPrefixes!];
        var what = role.Paths is null ? "names whose SHA-256 begins with " : "";
        var more = patterns.Length > Most ? $" and {patterns.Length - Most} more" : "";
        return patterns.Length == 0 ? "nothing" : what + string.Join(", ", patterns.Take(Most)) + more;
    }
}
