using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>Whom a targets role trusts with which of its targets. Specification section 4.5, and TAP 15.</summary>
public sealed record Delegations
{
    public required IReadOnlyDictionary<string, PublicKey> Keys { get; init; }

    /// <summary>In the order of the document, which is the order of trust. Empty where <see cref="Succinct"/> stands.</summary>
    public required IReadOnlyList<DelegatedRole> Roles { get; init; }

    public required SuccinctRoles? Succinct { get; init; }

    /// <summary>The roles to ask for a target, in order, up to and including the first terminating one.</summary>
    /// <param name="target">The target.</param>
    /// <param name="delegator">The role that these delegations are of.</param>
    public IEnumerable<Delegation> For(TargetName target, string delegator)
    {
        // TAP 15: a target has one bin, and nobody else is asked.
        if (Succinct is not null)
        {
            yield return EdgeToBin(Succinct.RoleFor(target), delegator);
        }

        foreach (var role in Roles.Where(role => role.IsFor(target)))
        {
            yield return EdgeTo(role, delegator);
            if (role.Terminating)
            {
                yield break;
            }
        }
    }

    /// <summary>The edge to one of <see cref="Roles"/>.</summary>
    public Delegation EdgeTo(DelegatedRole role, string delegator) =>
        new(delegator, role.Name, role.Keys, Keys, role.Terminating);

    /// <summary>The edge to one of the bins of <see cref="Succinct"/>.</summary>
    /// <exception cref="InvalidOperationException">There are no bins.</exception>
    public Delegation EdgeToBin(string bin, string delegator) =>
        Succinct is null
            ? throw new InvalidOperationException($"{delegator} has no bins.")
            : new Delegation(delegator, bin, Succinct.Keys, Keys, Terminating: true);

    internal static Delegations Read(ref FieldReader json)
    {
        Dictionary<string, PublicKey>? keys = null;
        List<DelegatedRole>? roles = null;
        SuccinctRoles? succinct = null;
        json.ReadObject("'delegations'");
        while (json.NextField(out var name))
        {
            if (name is "keys")
            {
                keys = KeyReader.ReadKeys(ref json);
            }
            else if (name is "roles")
            {
                roles = ReadRoles(ref json);
            }
            else if (name is "succinct_roles")
            {
                succinct = SuccinctRoles.Read(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (keys is null || (roles is null) == (succinct is null))
        {
            throw new JsonException("'delegations' needs 'keys', and either 'roles' or 'succinct_roles'.");
        }

        return new Delegations
        {
            Keys = keys,
            Roles = roles ?? [],
            Succinct = succinct,
        };
    }

    private static List<DelegatedRole> ReadRoles(ref FieldReader json)
    {
        var roles = new List<DelegatedRole>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        json.ReadArray("'roles'");
        while (json.NextObject("a delegated role"))
        {
            var role = DelegatedRole.Read(ref json);
            if (!names.Add(role.Name))
            {
                throw new JsonException($"the role '{role.Name}' is delegated to twice.");
            }

            roles.Add(role);
        }

        return roles;
    }
}

/// <summary>An edge of the graph of delegations: a role and the keys that one delegator gives it.</summary>
/// <param name="Delegator">The name of the role that trusts.</param>
/// <param name="Role">The name of the role that is trusted.</param>
/// <param name="RoleKeys">Which keys must sign, and how many.</param>
/// <param name="Keys">The delegator's keys.</param>
/// <param name="Terminating">The search ends with this role and what it delegates to.</param>
public sealed record Delegation(
    string Delegator,
    string Role,
    RoleKeys RoleKeys,
    IReadOnlyDictionary<string, PublicKey> Keys,
    bool Terminating
)
{
    /// <summary>How many distinct keys that the delegator names for the role have validly signed.</summary>
    public int CountValid(Envelope envelope) => RoleKeys.CountValid(envelope, Keys);

    internal void RequireThreshold(Envelope envelope) => RoleKeys.RequireThreshold(Role, envelope, Keys, Delegator);
}
