using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Signing;

/// <summary>
/// Whom a targets document trusts with which of its targets, edited. Specification section 4.5, and TAP 15. Either it names roles, in the order of
/// trust, or bins that share their keys; never both.
/// </summary>
public sealed partial class MetadataDocument
{
    /// <summary>The reading side's view of a targets document, the top-level one or a delegated role's.</summary>
    public TargetsMetadata ToTargets() => TargetsMetadata.Parse(Envelope.Parse(Type, ToBytes()));

    /// <summary>Targets: delegates to a role, after those that are there or before one of them.</summary>
    /// <param name="role">Its key ids must all be among <paramref name="keys"/>; <see cref="DelegatedRole.Keys"/> counts them.</param>
    /// <param name="keys">The keys of the role.</param>
    /// <param name="before">The role that is trusted less than the new one; null puts the new one last.</param>
    /// <exception cref="ArgumentException">The role is delegated to already, or there is no <paramref name="before"/>.</exception>
    /// <exception cref="InvalidOperationException">It delegates to bins.</exception>
    public void AddDelegation(DelegatedRole role, IEnumerable<PublicKey> keys, string? before = null)
    {
        var roles = RolesToEdit();
        if (FindRole(role.Name) is not null)
        {
            throw new ArgumentException($"The role '{role.Name}' is delegated to already.", nameof(role));
        }

        var index = roles.Count;
        if (before is not null)
        {
            var next = FindRole(before) ?? throw new ArgumentException($"There is no role '{before}'.", nameof(before));
            index = roles.IndexOf(next);
        }

        var added = new JsonObject { ["name"] = role.Name };
        SetGrant(added, keys, role.Keys.Threshold);
        added["terminating"] = role.Terminating;
        SetPaths(added, role.Paths, role.PathHashPrefixes);
        roles.Insert(index, added);
    }

    /// <summary>Targets: delegates all of its targets to 2^<paramref name="bitLength"/> bins.</summary>
    /// <exception cref="ArgumentException">There are delegations already.</exception>
    public void SetSuccinctRoles(string namePrefix, int bitLength, IEnumerable<PublicKey> keys, int threshold)
    {
        if (Signed["delegations"] is not null)
        {
            throw new ArgumentException("There are delegations already.", nameof(namePrefix));
        }

        var succinct = new JsonObject { ["bit_length"] = bitLength, ["name_prefix"] = namePrefix };
        Signed["delegations"] = new JsonObject { ["keys"] = new JsonObject(), ["succinct_roles"] = succinct };
        SetGrant(succinct, keys, threshold);
    }

    /// <summary>Targets: lets a key sign for a delegated role, or for all bins.</summary>
    /// <param name="role">The role's name, or the prefix of the bins' names.</param>
    /// <param name="key">Nothing changes when it may already.</param>
    public void AddDelegatedKey(string role, PublicKey key)
    {
        var keyIds = GrantedKeyIds(RequireGrant(role));
        AddKeyId(keyIds, key);
    }

    /// <summary>Targets: takes a key from a delegated role or from all bins, and out of the delegations when nobody has it any more.</summary>
    /// <returns>False when the role does not have the key.</returns>
    public bool RemoveDelegatedKey(string role, string keyId)
    {
        var keyIds = GrantedKeyIds(RequireGrant(role));
        var found = keyIds.FirstOrDefault(id => string.Equals((string?)id, keyId, StringComparison.Ordinal));
        if (found is null)
        {
            return false;
        }

        keyIds.Remove(found);
        RemoveUnusedKeys();
        return true;
    }

    /// <summary>Targets: how many distinct keys must sign for a delegated role or for each bin.</summary>
    public void SetDelegatedThreshold(string role, int threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        RequireGrant(role)["threshold"] = threshold;
    }

    /// <summary>Targets: which targets a role is trusted with from now on; one of the two is given. Keys and place in the order stay.</summary>
    /// <exception cref="ArgumentException">There is no such role by name.</exception>
    public void SetDelegatedPaths(
        string role,
        IReadOnlyList<PathPattern>? paths,
        IReadOnlyList<string>? hashPrefixes
    ) =>
        SetPaths(
            FindRole(role) ?? throw new ArgumentException($"There is no role '{role}'.", nameof(role)),
            paths,
            hashPrefixes
        );

    /// <summary>Targets: trusts a role no more, or all bins. The role's own metadata is another document.</summary>
    /// <returns>False when there is no such role.</returns>
    public bool RemoveDelegation(string role)
    {
        if (FindGrant(role) is not { } grant)
        {
            return false;
        }

        var delegations = Object("delegations");
        if (delegations["roles"] is JsonArray roles)
        {
            roles.Remove(grant);
        }

        // A document has one of the two lists, so that without any delegation it has none of it, and anything can be delegated anew.
        if (delegations["roles"] is not JsonArray { Count: > 0 })
        {
            Signed.Remove("delegations");
            return true;
        }

        RemoveUnusedKeys();
        return true;
    }

    private JsonArray RolesToEdit()
    {
        if (Signed["delegations"] is null)
        {
            Signed["delegations"] = new JsonObject { ["keys"] = new JsonObject(), ["roles"] = new JsonArray() };
        }

        return Object("delegations")["roles"] as JsonArray
            ?? throw new InvalidOperationException("It delegates to bins, and cannot delegate to other roles as well.");
    }

    private static void SetPaths(
        JsonObject role,
        IReadOnlyList<PathPattern>? paths,
        IReadOnlyList<string>? hashPrefixes
    )
    {
        // A client refuses a role that has both.
        role.Remove("paths");
        role.Remove("path_hash_prefixes");
        if (paths is not null)
        {
            role["paths"] = Array(paths.Select(p => p.Value));
        }
        else
        {
            role["path_hash_prefixes"] = Array(hashPrefixes!);
        }
    }

    private JsonObject RequireGrant(string role) =>
        FindGrant(role) ?? throw new ArgumentException($"There is no role '{role}'.", nameof(role));

    /// <summary>What names key ids and a threshold: a role, or the bins.</summary>
    private JsonObject? FindGrant(string role) =>
        (Signed["delegations"] as JsonObject)?["succinct_roles"] is JsonObject succinct
            ? string.Equals((string?)succinct["name_prefix"], role, StringComparison.Ordinal)
                ? succinct
                : null
            : FindRole(role);

    private JsonObject? FindRole(string name) =>
        ((Signed["delegations"] as JsonObject)?["roles"] as JsonArray)
            ?.OfType<JsonObject>()
            .FirstOrDefault(role => string.Equals((string?)role["name"], name, StringComparison.Ordinal));

    private void SetGrant(JsonObject grant, IEnumerable<PublicKey> keys, long threshold)
    {
        var keyIds = new JsonArray();
        grant["keyids"] = keyIds;
        grant["threshold"] = threshold;
        foreach (var key in keys)
        {
            AddKeyId(keyIds, key);
        }
    }

    private void AddKeyId(JsonArray keyIds, PublicKey key)
    {
        var keyId = key.ComputeKeyId();
        ((JsonObject)Object("delegations")["keys"]!)[keyId] = JsonNode.Parse(key.ToJson());
        if (!Names(keyIds, keyId))
        {
            keyIds.Add((JsonNode)keyId);
        }
    }

    private void RemoveUnusedKeys()
    {
        var delegations = Object("delegations");
        JsonObject[] grants = delegations["succinct_roles"] is JsonObject succinct
            ? [succinct]
            : [.. ((JsonArray)delegations["roles"]!).OfType<JsonObject>()];
        var used = grants.SelectMany(GrantedKeyIds).Select(id => (string?)id).ToHashSet(StringComparer.Ordinal);
        var keys = (JsonObject)delegations["keys"]!;
        foreach (var unused in keys.Select(k => k.Key).Where(id => !used.Contains(id)).ToArray())
        {
            keys.Remove(unused);
        }
    }

    private static JsonArray GrantedKeyIds(JsonObject grant) => (JsonArray)grant["keyids"]!;

    private static JsonArray Array(IEnumerable<string> values) => [.. values.Select(value => (JsonNode)value)];
}
