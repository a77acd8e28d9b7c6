using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Delegating;

/// <summary>Keys of a delegated role, or of all bins, and how many of them must sign.</summary>
internal sealed record KeyGrant(IReadOnlyList<PublicKey> Keys, int Threshold)
{
    public RoleKeys ToRoleKeys() =>
        new(Keys.Select(k => k.ComputeKeyId()).ToHashSet(StringComparer.Ordinal), Threshold);
}

/// <summary>Edits of one delegator's delegations, with their refusals: what no client could use is not written down.</summary>
internal sealed class DelegationEdits(string delegator, MetadataDocument document)
{
    private Delegations? Now => document.ToTargets().Delegations;

    /// <param name="before">Which role is trusted less; null puts the new one last.</param>
    public void Add(DelegatedRole role, KeyGrant grant, string? before)
    {
        RoleNames.Check(role.Name);
        Check(role.Name, grant.ToRoleKeys());
        var now = Now;
        if (now?.Succinct is { } bins)
        {
            throw Exists(
                $"{delegator} delegates all targets to the bins {bins.NamePrefix}-*, and a role has either bins or delegations by name.",
                "Delegate from another role with --from, or remove the bins first."
            );
        }

        if (now?.Roles.Any(r => Same(r.Name, role.Name)) ?? false)
        {
            throw Exists($"{delegator} delegates to {role.Name} already.", "Remove that delegation first.");
        }

        if (before is not null && !(now?.Roles.Any(r => Same(r.Name, before)) ?? false))
        {
            throw Missing(before);
        }

        document.AddDelegation(role, grant.Keys, before);
    }

    /// <param name="bitLength">2^<paramref name="bitLength"/> bins.</param>
    public void AddSuccinctBins(string prefix, int bitLength, KeyGrant grant)
    {
        RoleNames.Check(prefix);
        Check($"{prefix}-*", grant.ToRoleKeys());
        if (Now is not null)
        {
            throw Exists(
                $"{delegator} has delegations already, and a role has either bins or delegations by name.",
                "Make the bins from another role with --from, or with --by-prefix."
            );
        }

        document.SetSuccinctRoles(prefix, bitLength, grant.Keys, grant.Threshold);
    }

    /// <summary>Bins as roles of their own, after the delegations that are there.</summary>
    public void AddBinsByPrefix(string prefix, int bitLength, KeyGrant grant)
    {
        RoleNames.Check(prefix);
        Check($"{prefix}-*", grant.ToRoleKeys());
        var now = Now;
        if (now?.Succinct is not null)
        {
            throw Exists($"{delegator} delegates to bins already.", "Remove them first.");
        }

        var bins = HashedBins.ByPrefix(prefix, bitLength, grant).ToArray();
        var names = (now?.Roles ?? []).Select(r => r.Name).ToHashSet(StringComparer.Ordinal);
        if (Array.Find(bins, b => names.Contains(b.Name)) is { } twice)
        {
            throw Exists($"{delegator} delegates to {twice.Name} already.", "Choose another --prefix.");
        }

        foreach (var bin in bins)
        {
            document.AddDelegation(bin, grant.Keys);
        }
    }

    public void AddKeys(RolePattern pattern, IReadOnlyList<PublicKey> keys)
    {
        foreach (var (role, _) in Matching(pattern))
        {
            foreach (var key in keys)
            {
                document.AddDelegatedKey(role, key);
            }
        }
    }

    public void RemoveKey(RolePattern pattern, string keyId)
    {
        foreach (var (role, grant) in Matching(pattern))
        {
            if (!document.RemoveDelegatedKey(role, keyId))
            {
                throw new UpdateException(
                    ErrorCodes.KeyUnusable,
                    $"{role} does not have the key {keyId}.",
                    "See `repo-tools delegation list` for the keys of each role."
                );
            }

            Check(
                role,
                grant with
                {
                    KeyIds = grant.KeyIds.Where(id => !Same(id, keyId)).ToHashSet(StringComparer.Ordinal),
                }
            );
        }
    }

    public void SetThreshold(RolePattern pattern, int threshold)
    {
        foreach (var (role, grant) in Matching(pattern))
        {
            Check(role, grant with { Threshold = threshold });
            document.SetDelegatedThreshold(role, threshold);
        }
    }

    public void SetPaths(RolePattern pattern, IReadOnlyList<PathPattern>? paths, IReadOnlyList<string>? hashPrefixes)
    {
        if (Now?.Succinct is { } bins)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{bins.NamePrefix}-* are bins, which have their targets by the hashes of names alone.",
                "Remove them and make others with `repo-tools delegation bins`."
            );
        }

        foreach (var (role, _) in Matching(pattern))
        {
            document.SetDelegatedPaths(role, paths, hashPrefixes);
        }
    }

    public void Remove(RolePattern pattern)
    {
        foreach (var (role, _) in Matching(pattern))
        {
            document.RemoveDelegation(role);
        }
    }

    /// <summary>Roles by name; bins are changed together, under the prefix of their names.</summary>
    private (string Role, RoleKeys Grant)[] Matching(RolePattern pattern)
    {
        var now = Now;
        (string, RoleKeys)[] found = now?.Succinct is { } bins
            ? Same(pattern.Text, bins.NamePrefix) || Same(pattern.Text, $"{bins.NamePrefix}-*")
                ? [(bins.NamePrefix, bins.Keys)]
                : []
            : [.. (now?.Roles ?? []).Where(r => pattern.Matches(r.Name)).Select(r => (r.Name, r.Keys))];
        return found.Length > 0 ? found : throw Missing(pattern.Text);
    }

    private static void Check(string role, RoleKeys keys)
    {
        if (keys.Threshold >= 1 && keys.Threshold <= keys.KeyIds.Count)
        {
            return;
        }

        throw new UpdateException(
            ErrorCodes.Usage,
            $"The threshold of {role} would be {keys.Threshold} with {keys.KeyIds.Count} distinct key(s), so nothing could ever be signed.",
            "It must be 1 or more, and no more than there are keys."
        );
    }

    private UpdateException Missing(string role) =>
        new(
            ErrorCodes.RoleMissing,
            $"{delegator} does not delegate to {role}.",
            "See `repo-tools delegation list`, and name another delegator with --from."
        );

    private static UpdateException Exists(string message, string next) => new(ErrorCodes.AlreadyExists, message, next);

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.Ordinal);
}
