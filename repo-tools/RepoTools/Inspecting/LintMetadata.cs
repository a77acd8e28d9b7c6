using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <summary>Whether each role holds long enough and not too long, and how near it is to what hosts read at most.</summary>
internal sealed class LintMetadata(SeenRepository repository, DateTimeOffset at)
{
    /// <summary>Beyond this share of what hosts read the next publish may be the one that they refuse.</summary>
    private const double NearLimit = 0.8;

    /// <summary>Lists of more targets than this cost every host more than bins would.</summary>
    private const int ManyTargets = 5000;

    private static readonly TufLimits s_limits = new();

    public IEnumerable<Finding> All() => Expiries().Concat(Sizes()).Concat(FormerRoles());

    private IEnumerable<Finding> Expiries()
    {
        foreach (var role in repository.All.Where(role => role.Expires <= at))
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
            var (first, second) = (repository.Find(shorter)!, repository.Find(longer)!);
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
        foreach (var role in repository.All)
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
    }

    private IEnumerable<Finding> FormerRoles()
    {
        var named = repository.Graph.Roles.Append(Roles.Targets).ToHashSet(StringComparer.Ordinal);
        var former = repository.Snapshot.Meta.Keys.Count(file => !named.Contains(file[..^".json".Length]));
        if (former > repository.Snapshot.Meta.Count / 2)
        {
            yield return new Finding(
                "former-roles",
                Finding.Note,
                $"The snapshot lists {former} roles to which nobody delegates any more; every host fetches their lines with each snapshot.",
                "They can't be taken out for hosts that have seen them (it would be a rollback); a new repository would not have them."
            );
        }
    }
}
