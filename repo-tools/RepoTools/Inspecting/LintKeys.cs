using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>A key that was made for trials. Metadata does not say so, only its file does.</summary>
internal sealed record TestKey(string File, PublicKey Key);

/// <summary>Keys that may sign more than they should, and too few of them.</summary>
internal sealed class LintKeys(SeenRepository repository, IReadOnlyList<TestKey> testKeys)
{
    public IEnumerable<Finding> All() => TestKeys().Concat(TopLevel()).Concat(SharedByDelegations());

    private IEnumerable<Finding> TestKeys() =>
        from test in testKeys
        let roles = RolesOf(test.Key.Identity).Distinct(StringComparer.Ordinal).ToArray()
        where roles.Length > 0
        select new Finding(
            "test-key",
            Finding.Error,
            $"{test.File} is marked as a test key, and may sign {string.Join(", ", roles)}.",
            "Put a real key in its place with `repo-tools root rotate`, or `repo-tools delegation add-key` and `remove-key`."
        );

    private IEnumerable<string> RolesOf(string identity)
    {
        foreach (var role in repository.Root.Roles.Keys.Where(r => Identities(repository.Root, r).Contains(identity)))
        {
            yield return role;
        }

        foreach (var delegations in repository.TargetsRoles.Select(r => r.Targets!.Delegations).OfType<Delegations>())
        {
            var roles = delegations.Roles.Select(role => (role.Name, role.Keys));
            if (delegations.Succinct is { } bins)
            {
                roles = roles.Append(($"{bins.NamePrefix}-*", bins.Keys));
            }

            foreach (var (name, keys) in roles)
            {
                if (keys.KeyIds.Any(id => delegations.Keys.GetValueOrDefault(id)?.Identity == identity))
                {
                    yield return name;
                }
            }
        }
    }

    private IEnumerable<Finding> TopLevel()
    {
        var root = repository.Root;
        var offline = Identities(root, Roles.Root);
        if (root.Roles[Roles.Root].Threshold == 1)
        {
            yield return new Finding(
                "root-threshold",
                Finding.Warning,
                offline.Count == 1
                    ? "One root key alone decides about everything; who has it has every host, and who loses it can never change the root again."
                    : $"Each of the {offline.Count} root keys alone decides about everything; who has one of them has every host.",
                "Add root keys of other people, and raise the threshold with `repo-tools root set-threshold`."
            );
        }

        var online = new[] { Roles.Targets, Roles.Snapshot, Roles.Timestamp };
        foreach (var role in online.Where(role => Identities(root, role).Overlaps(offline)))
        {
            yield return new Finding(
                "root-key-online",
                Finding.Warning,
                $"A root key may sign {role} too, so that it lies where {role} is signed.",
                $"Give {role} a key of its own with `repo-tools root rotate`."
            );
        }

        // A repository is refreshed by machines that need not be able to sign a release.
        var targets = Identities(root, Roles.Targets);
        foreach (var role in online[1..].Where(role => Identities(root, role).Overlaps(targets)))
        {
            yield return new Finding(
                "targets-key-shared",
                Finding.Warning,
                $"A key of targets may sign the {role} too, so that the machine that renews the {role} could sign releases.",
                $"Give the {role} a key of its own with `repo-tools root rotate`."
            );
        }
    }

    /// <summary>Bins share keys on purpose; roles by name are there to be told apart.</summary>
    private IEnumerable<Finding> SharedByDelegations()
    {
        var users = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var delegations in repository.TargetsRoles.Select(r => r.Targets!.Delegations).OfType<Delegations>())
        {
            foreach (var role in delegations.Roles.Where(r => r.Paths is not null))
            {
                foreach (var key in role.Keys.KeyIds.Select(delegations.Keys.GetValueOrDefault).OfType<PublicKey>())
                {
                    users.TryAdd(key.Identity, new SortedSet<string>(StringComparer.Ordinal));
                    users[key.Identity].Add(role.Name);
                }
            }
        }

        foreach (var role in (string[])[Roles.Targets, Roles.Snapshot, Roles.Timestamp, Roles.Root])
        {
            foreach (var key in Identities(repository.Root, role).Where(users.ContainsKey))
            {
                users[key].Add(role);
            }
        }

        return users
            .Values.Where(roles => roles.Count > 1)
            .Select(roles => string.Join(", ", roles))
            .Distinct(StringComparer.Ordinal)
            .Select(roles => new Finding(
                "delegation-key-shared",
                Finding.Warning,
                $"One key may sign {roles}: who has it signs for all of them.",
                "Give each a key of its own with `repo-tools delegation add-key` and `remove-key`."
            ));
    }

    private static HashSet<string> Identities(RootMetadata root, string role) =>
        root.Roles[role]
            .KeyIds.Select(root.Keys.GetValueOrDefault)
            .OfType<PublicKey>()
            .Select(key => key.Identity)
            .ToHashSet(StringComparer.Ordinal);
}
