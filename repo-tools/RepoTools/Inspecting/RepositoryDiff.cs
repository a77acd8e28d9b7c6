using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>What differs between two states of a repository.</summary>
/// <param name="Kind">"root", "role", "delegation", "target" or "release".</param>
/// <param name="Name">Which one.</param>
/// <param name="Old">What it was, in words; null when it is new.</param>
/// <param name="New">What it is; null when it is gone.</param>
internal sealed record Difference(string Kind, string Name, string? Old, string? New);

/// <summary>One state of a repository: what was read, and its manifest.</summary>
internal sealed record RepositoryState(SeenRepository Repository, Manifest Manifest);

/// <summary>Compares two states of a repository. A rule on values; differences come in the order in which a host reads.</summary>
internal static class RepositoryDiff
{
    public static IEnumerable<Difference> Of(RepositoryState old, RepositoryState now) =>
        Compare("root", RootOf(old), RootOf(now))
            .Concat(Compare("role", RolesOf(old), RolesOf(now)))
            .Concat(Compare("delegation", DelegationsOf(old), DelegationsOf(now)))
            .Concat(Compare("target", TargetsOf(old), TargetsOf(now)))
            .Concat(Compare("release", ReleasesOf(old), ReleasesOf(now)));

    private static IEnumerable<Difference> Compare(
        string kind,
        SortedDictionary<string, string> old,
        SortedDictionary<string, string> now
    ) =>
        old
            .Keys.Union(now.Keys, StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .Select(name => new Difference(kind, name, old.GetValueOrDefault(name), now.GetValueOrDefault(name)))
            .Where(d => !string.Equals(d.Old, d.New, StringComparison.Ordinal));

    /// <summary>Thresholds by role, and each key of each role.</summary>
    private static SortedDictionary<string, string> RootOf(RepositoryState state)
    {
        var root = state.Repository.Root;
        var facts = Facts();
        foreach (var (role, keys) in root.Roles)
        {
            facts[$"{role} threshold"] = $"{keys.Threshold} of {keys.KeyIds.Count}";
            foreach (var id in keys.KeyIds)
            {
                facts[$"{role} key {id}"] = root.Keys.GetValueOrDefault(id)?.KeyType ?? "without a key";
            }
        }

        facts["consistent_snapshot"] = root.ConsistentSnapshot ? "true" : "false";
        return facts;
    }

    private static SortedDictionary<string, string> RolesOf(RepositoryState state)
    {
        var facts = Facts();
        foreach (var role in state.Repository.All)
        {
            facts[role.Name] = $"version {role.Version}, expires {Times.Stamp(role.Expires)}";
        }

        foreach (var role in state.Repository.Unusable)
        {
            facts[role.Name] = $"can't be used: {role.Why.Message}";
        }

        return facts;
    }

    private static SortedDictionary<string, string> DelegationsOf(RepositoryState state)
    {
        var facts = Facts();
        foreach (var delegator in state.Repository.TargetsRoles)
        {
            if (delegator.Targets!.Delegations is not { } delegations)
            {
                continue;
            }

            if (delegations.Succinct is { } bins)
            {
                facts[$"{delegator.Name} to {bins.NamePrefix}-*"] = $"{bins.Count} bins, {KeysOf(bins.Keys)}";
            }

            foreach (var (role, place) in delegations.Roles.Select((role, i) => (role, i + 1)))
            {
                facts[$"{delegator.Name} to {role.Name}"] =
                    $"place {place}, {PatternsOf(role)}{(role.Terminating ? ", terminating" : "")}, {KeysOf(role.Keys)}";
            }
        }

        return facts;
    }

    private static string PatternsOf(DelegatedRole role) =>
        role.Paths is { } paths
            ? string.Join(" ", paths.Select(p => p.Value))
            : "SHA-256 " + string.Join(" ", role.PathHashPrefixes!);

    private static string KeysOf(RoleKeys keys) =>
        $"{keys.Threshold} of {string.Join(" ", keys.KeyIds.Order(StringComparer.Ordinal).Select(Keys.RootReport.Short))}";

    /// <summary>By the role that lists it: the same name in another role is another target.</summary>
    private static SortedDictionary<string, string> TargetsOf(RepositoryState state)
    {
        var facts = Facts();
        foreach (var role in state.Repository.TargetsRoles)
        {
            foreach (var (name, file) in role.Targets!.Targets)
            {
                var custom = file.Custom is null ? "" : $", custom {file.Custom}";
                facts[role.Name == Roles.Targets ? name : $"{name} in {role.Name}"] =
                    $"{file.Length} bytes ({Bytes.Text(file.Length)}), {TargetReader.DigestOf(file)}{custom}";
            }
        }

        return facts;
    }

    private static SortedDictionary<string, string> ReleasesOf(RepositoryState state)
    {
        var facts = Facts();
        foreach (var release in state.Manifest.Updates)
        {
            foreach (var (field, value) in FieldsOf(release))
            {
                facts[$"{release}{field}"] = value;
            }
        }

        foreach (var (step, targets) in state.Manifest.Migrations)
        {
            facts[$"migration {step}"] = targets.Count == 0 ? "nothing to do" : string.Join(" ", targets);
        }

        if (state.Manifest.Paused is { } paused)
        {
            facts["everything is paused"] = paused;
        }

        return facts;
    }

    /// <summary>The release by itself, then each of its fields, so that a changed wave is one difference.</summary>
    private static IEnumerable<(string Field, string Value)> FieldsOf(Release release)
    {
        yield return ("", string.Join(", ", release.Images.Select(image => $"{image.Key} {image.Value}")));
        yield return (" max_version", release.MaxVersion.ToString());
        yield return (
            " waves",
            release.Waves.Count == 0
                ? "open to everybody"
                : string.Join(", ", release.Waves.Select(wave => $"{wave.Key} at {Times.Stamp(wave.Value)}"))
        );
        var optional = new (string Field, string? Value)[]
        {
            (" min_version", release.MinVersion?.ToString()),
            (" recalled", release.Recalled),
            (" paused", release.Paused),
            (" notes", release.Notes),
            (" deadline", release.Deadline is { } at ? Times.Stamp(at) : null),
        };
        foreach (var (field, value) in optional)
        {
            if (value is not null)
            {
                yield return (field, value);
            }
        }
    }

    private static SortedDictionary<string, string> Facts() => new(StringComparer.Ordinal);
}
