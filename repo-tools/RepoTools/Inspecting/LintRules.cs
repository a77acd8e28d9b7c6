using RepoTools.Keys;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>Something that is legal but unwise, or broken.</summary>
/// <param name="Name">Stable, for scripts: "root-threshold".</param>
/// <param name="Severity">"error": some host is or will be refused something; "warning": a danger; "note": waste.</param>
/// <param name="What">One sentence.</param>
/// <param name="Next">What to do about it.</param>
internal sealed record Finding(string Name, string Severity, string What, string Next)
{
    public const string Error = "error";
    public const string Warning = "warning";
    public const string Note = "note";
}

/// <summary>A key that was made for trials. Metadata does not say so, only its file does.</summary>
internal sealed record TestKey(string File, PublicKey Key);

/// <summary>What is unwise in metadata and manifest. Rules on values and one time; files are <see cref="LintFiles"/>'s business.</summary>
internal sealed class LintRules(RepositoryState state, IReadOnlyList<TestKey> testKeys, DateTimeOffset at)
{
    /// <summary>Beyond this share of what hosts read the next publish may be the one that they refuse.</summary>
    private const double NearLimit = 0.8;

    /// <summary>Lists of more targets than this cost every host more than bins would.</summary>
    private const int ManyTargets = 5000;

    private static readonly TufLimits s_limits = new();

    private readonly SeenRepository _repository = state.Repository;

    public IEnumerable<Finding> All() =>
        Unusable()
            .Concat(TestKeys())
            .Concat(Keys())
            .Concat(Expiries())
            .Concat(Sizes())
            .Concat(Delegations())
            .Concat(Releases());

    private IEnumerable<Finding> Unusable() =>
        _repository.Unusable.Select(role => new Finding(
            "role-unusable",
            Finding.Error,
            $"No host can use the delegated role {role.Name}: {role.Why.Message}",
            "Publish it again with its key, or restore its file from a copy."
        ));

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
        foreach (var role in _repository.Root.Roles.Keys.Where(r => Identities(_repository.Root, r).Contains(identity)))
        {
            yield return role;
        }

        foreach (var delegations in _repository.TargetsRoles.Select(r => r.Targets!.Delegations).OfType<Delegations>())
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

    private IEnumerable<Finding> Keys()
    {
        var root = _repository.Root;
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

        if (Identities(root, Roles.Targets).Overlaps(Identities(root, Roles.Timestamp)))
        {
            yield return new Finding(
                "targets-key-shared",
                Finding.Warning,
                "A key of targets may sign the timestamp too, so that the machine that renews the timestamp could sign releases.",
                "Give the timestamp a key of its own with `repo-tools root rotate`."
            );
        }

        foreach (var finding in SharedByDelegations())
        {
            yield return finding;
        }
    }

    /// <summary>Bins share keys on purpose; roles by name are there to be told apart.</summary>
    private IEnumerable<Finding> SharedByDelegations()
    {
        var users = new Dictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var delegations in _repository.TargetsRoles.Select(r => r.Targets!.Delegations).OfType<Delegations>())
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
            foreach (var key in Identities(_repository.Root, role).Where(users.ContainsKey))
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

    private IEnumerable<Finding> Expiries()
    {
        foreach (var role in _repository.All.Where(role => role.Expires <= at))
        {
            yield return new Finding(
                "expired",
                Finding.Error,
                $"{role.Name} version {role.Version} expired at {Times.Instant(role.Expires)}.",
                $"To renew it, {ExpiryCheck.Remedy(role.Name)}."
            );
        }

        foreach (
            var (shorter, longer) in ((string, string)[])
                [(Roles.Timestamp, Roles.Snapshot), (Roles.Snapshot, Roles.Root), (Roles.Targets, Roles.Root)]
        )
        {
            var (first, second) = (_repository.Find(shorter)!, _repository.Find(longer)!);
            if (first.Expires > second.Expires && second.Expires > at)
            {
                yield return new Finding(
                    "expiry-order",
                    Finding.Warning,
                    $"{shorter} expires at {Times.Instant(first.Expires)}, after {longer} at {Times.Instant(second.Expires)}: it promises what {longer} can't keep.",
                    $"Let {longer} hold longer, or {shorter} shorter."
                );
            }
        }
    }

    private IEnumerable<Finding> Sizes()
    {
        foreach (var role in _repository.All)
        {
            var limit = role.Name switch
            {
                Roles.Root => s_limits.RootLength,
                Roles.Timestamp => s_limits.TimestampLength,
                Roles.Snapshot => s_limits.SnapshotLength,
                _ => s_limits.TargetsLength,
            };
            if (role.Length > NearLimit * limit)
            {
                yield return new Finding(
                    "near-limit",
                    Finding.Warning,
                    $"{role.Name} has {Bytes.Text(role.Length)}, and hosts read {Bytes.Text(limit)} at most.",
                    role.Targets is null
                        ? "Use fewer roles or keys."
                        : "Spread its targets over several roles with `repo-tools delegation bins`."
                );
            }

            if (role.Targets?.Targets.Count > ManyTargets)
            {
                yield return new Finding(
                    "many-targets",
                    Finding.Note,
                    $"{role.Name} lists {role.Targets.Targets.Count} targets, and a host reads all of the list to find one.",
                    "Leave them to bins with `repo-tools delegation bins`."
                );
            }
        }

        var named = _repository.Graph.Roles.Append(Roles.Targets).ToHashSet(StringComparer.Ordinal);
        var former = _repository.Snapshot.Meta.Keys.Count(file => !named.Contains(file[..^".json".Length]));
        if (former > _repository.Snapshot.Meta.Count / 2)
        {
            yield return new Finding(
                "former-roles",
                Finding.Note,
                $"The snapshot lists {former} roles to which nobody delegates any more; every host fetches their lines with each snapshot.",
                "They can't be taken out for hosts that have seen them (it would be a rollback); a new repository would not have them."
            );
        }
    }

    private IEnumerable<Finding> Delegations()
    {
        foreach (var delegator in _repository.TargetsRoles.Where(r => r.Targets!.Delegations is { Succinct: null }))
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

        foreach (var role in _repository.Delegated.Where(r => r.Targets is { Targets.Count: 0, Delegations: null }))
        {
            // An empty bin is what most bins are at first.
            if (_repository.Graph.EdgesTo(role.Name).All(IsNamed))
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
        _repository
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

    private IEnumerable<Finding> Releases()
    {
        var manifest = state.Manifest;
        foreach (var family in manifest.Updates.GroupBy(ReleaseEdits.Family, StringComparer.Ordinal))
        {
            if (family.All(r => r.Version > r.MaxVersion))
            {
                yield return new Finding(
                    "max-version-below-all",
                    Finding.Error,
                    $"Every release of {family.Key} is above max_version {family.Max(r => r.MaxVersion)}: hosts find nothing to choose.",
                    "Raise it with `repo-tools release set-max-version`, or add a release."
                );
            }
            else if (family.All(r => r.Recalled is not null || r.Version > r.MaxVersion))
            {
                yield return new Finding(
                    "all-recalled",
                    Finding.Error,
                    $"Every release of {family.Key} is recalled or above max_version: hosts that run a recalled one have nowhere to go.",
                    "Add a release, or restore one with `repo-tools release restore`."
                );
            }
        }

        foreach (var release in manifest.Updates.Where(r => r.Recalled is null))
        {
            foreach (var finding in OfRelease(release, manifest))
            {
                yield return finding;
            }
        }
    }

    private IEnumerable<Finding> OfRelease(Release release, Manifest manifest)
    {
        if (release.Waves.Count > 0 && release.Waves.Values.Min() is var begins && begins - at > TimeSpan.FromDays(365))
        {
            yield return new Finding(
                "wave-never-begins",
                Finding.Warning,
                $"The first wave of {release} begins at {Times.Instant(begins)}, more than a year from now.",
                "Set it with `repo-tools waves set`, or pause the release and say why."
            );
        }

        if (
            release.Waves.Count > 0
            && release.Waves.Values.Max() is var over
            && over <= at
            && ReleaseHolds.Reasons(release, manifest.Paused).Count == 0
        )
        {
            yield return new Finding(
                "wave-over",
                Finding.Note,
                $"The waves of {release} were over at {Times.Instant(over)}; it is open to everybody.",
                "Nothing has to be done."
            );
        }

        if (!ReleaseHolds.HasStep(manifest.Updates, release))
        {
            yield return new Finding(
                "no-step",
                Finding.Warning,
                $"Hosts older than {release.MinVersion} can't take {release}, and no other release leads there.",
                $"Offer a release from {release.MinVersion} on that they can take."
            );
        }

        foreach (var image in Publishing.Publisher.Names(manifest with { Updates = [release], Migrations = [] }))
        {
            if (_repository.Find(Roles.Targets)!.Targets!.Targets.ContainsKey(image))
            {
                continue;
            }

            yield return new Finding(
                "image-missing",
                Finding.Error,
                $"{release} names the image {image}, which is no target of the top-level targets.",
                "Remove the release and add it again."
            );
        }
    }
}
