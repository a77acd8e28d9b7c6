using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>One delegation: whom a targets role trusts, and for which targets. Specification section 4.5.</summary>
/// <param name="Name">The role's name, which may hold any characters; never a top-level one's.</param>
/// <param name="Keys">By these keys, for this delegator: another one may name others for the same role.</param>
/// <param name="Terminating">Whoever is asked for a target of this role and has it not ends the search.</param>
/// <param name="Paths">The targets, by name; null when they are given by digest.</param>
/// <param name="PathHashPrefixes">The targets, by how the SHA-256 of their name begins; null when they are given by name.</param>
public sealed record DelegatedRole(
    string Name,
    RoleKeys Keys,
    bool Terminating,
    IReadOnlyList<PathPattern>? Paths,
    IReadOnlyList<string>? PathHashPrefixes
)
{
    public bool IsFor(TargetName target)
    {
        if (Paths is not null)
        {
            return Paths.Any(pattern => pattern.Matches(target));
        }

        var digest = Convert.ToHexStringLower(target.Digest());
        return PathHashPrefixes!.Any(prefix => digest.StartsWith(prefix, StringComparison.Ordinal));
    }

    /// <summary>For an object that the reader is in.</summary>
    internal static DelegatedRole Read(ref FieldReader json)
    {
        var keys = new RoleKeysReader();
        string? role = null;
        bool? terminating = null;
        List<string>? paths = null;
        List<string>? prefixes = null;
        while (json.NextField(out var name))
        {
            if (keys.TryRead(name, ref json, "a delegated role"))
            {
                continue;
            }

            if (name is "name")
            {
                role = ReadName(ref json);
            }
            else if (name is "terminating")
            {
                terminating = json.ReadBoolean("'terminating'");
            }
            else if (name is "paths")
            {
                paths = json.ReadStrings("'paths'");
            }
            else if (name is "path_hash_prefixes")
            {
                prefixes = json.ReadStrings("'path_hash_prefixes'");
            }
            else
            {
                json.Skip();
            }
        }

        if (role is null || terminating is null || (paths is null) == (prefixes is null))
        {
            throw new JsonException(
                "a delegated role needs 'name', 'terminating', and either 'paths' or 'path_hash_prefixes'."
            );
        }

        var patterns = paths?.Select(path => new PathPattern(path)).ToArray();
        return new DelegatedRole(role, keys.Complete($"the role '{role}'"), terminating.Value, patterns, prefixes);
    }

    private static string ReadName(ref FieldReader json)
    {
        var name = json.ReadString("a delegated role's 'name'");
        return name is "" or Roles.Root or Roles.Timestamp or Roles.Snapshot or Roles.Targets
            ? throw new JsonException($"a delegated role cannot be called '{name}'.")
            : name;
    }
}
