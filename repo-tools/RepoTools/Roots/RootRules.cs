using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Roots;

/// <summary>Something about a root that would lock hosts out.</summary>
/// <param name="What">One sentence, with the reason.</param>
/// <param name="Next">What to do about it.</param>
/// <param name="CanForce">False for what no host could ever accept.</param>
internal sealed record RootFault(string What, string Next, bool CanForce = false);

/// <summary>
/// What is wrong with a root by itself, and as the successor of another. Rules without input or output; hosts check the same
/// (specification 5.3), but then it is too late.
/// </summary>
internal static class RootRules
{
    /// <summary>Less than this and the next ceremony is hardly called together in time.</summary>
    public static readonly TimeSpan ShortestLife = TimeSpan.FromDays(7);

    public static readonly string[] TopLevel = [Roles.Root, Roles.Timestamp, Roles.Snapshot, Roles.Targets];

    /// <summary>Faults of the content; signatures are another matter.</summary>
    public static IEnumerable<RootFault> Content(RootMetadata root, DateTimeOffset now) =>
        TopLevel.SelectMany(role => OfRole(root, role)).Concat(Expiry(root, now)).Concat(Layout(root));

    /// <summary>Why a host that trusts <paramref name="previous"/> would not follow to <paramref name="next"/>.</summary>
    public static IEnumerable<RootFault> Succession(MetadataDocument previous, MetadataDocument next, string path)
    {
        if (next.Version != previous.Version + 1)
        {
            yield return new RootFault(
                $"{path} is root version {next.Version}, but after version {previous.Version} hosts take exactly {previous.Version + 1}.",
                $"Make it from version {previous.Version} with `repo-tools root bump`."
            );
            yield break;
        }
        foreach (var keysOf in (MetadataDocument[])[previous, next])
        {
            if (Missing(keysOf, next, path) is { } fault)
            {
                yield return fault;
            }
        }
    }

    /// <summary>Too few signatures by the root keys of <paramref name="keysOf"/>; null when there are enough.</summary>
    public static RootFault? Missing(MetadataDocument keysOf, MetadataDocument document, string path)
    {
        var role = keysOf.ToRoot().Roles[Roles.Root];
        var valid = document.CountValidSignatures(keysOf, Roles.Root);
        if (valid >= role.Threshold)
        {
            return null;
        }

        var isOwn = ReferenceEquals(keysOf, document);
        var whose = isOwn ? "its own root keys" : $"the old root keys (those of version {keysOf.Version})";
        var previous = isOwn ? "" : " --previous OLD-ROOT";
        return new RootFault(
            $"{path} has {valid} of {role.Threshold} signatures by {whose}{(isOwn ? "" : ", so no host would follow")}.",
            $"Sign it with `repo-tools root sign {path} --key KEY.pem{previous}`."
        );
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.SignaturesMissing"/>, or <see cref="ErrorCodes.RootUnsafe"/> for a version that does not follow.</exception>
    public static void RequireSigned(MetadataDocument root, string path, MetadataDocument? previous)
    {
        if (Missing(root, root, path) is { } own)
        {
            throw new UpdateException(ErrorCodes.SignaturesMissing, own.What, own.Next);
        }

        if (previous is null || Succession(previous, root, path).FirstOrDefault() is not { } fault)
        {
            return;
        }

        var isVersion = root.Version != previous.Version + 1;
        throw new UpdateException(
            isVersion ? ErrorCodes.RootUnsafe : ErrorCodes.SignaturesMissing,
            fault.What,
            fault.Next
        );
    }

    /// <summary>How many keys of a role can be counted: distinct, present, and of a type that these tools can verify.</summary>
    public static int Countable(RootMetadata root, string role) =>
        root.Roles[role]
            .KeyIds.Select(id => root.Keys.GetValueOrDefault(id))
            .OfType<PublicKey>()
            .Where(key => key.IsUsable)
            .Select(key => key.Identity)
            .Distinct(StringComparer.Ordinal)
            .Count();

    /// <summary>Throws the first fault that <paramref name="force"/> does not silence; the impossible ones first.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.RootUnsafe"/>.</exception>
    public static void Require(IEnumerable<RootFault> faults, bool force)
    {
        var all = faults.ToArray();
        var first = Array.Find(all, f => !f.CanForce) ?? (force ? null : all.FirstOrDefault());
        if (first is not null)
        {
            var insist = first.CanForce ? " Or insist with --force." : "";
            throw new UpdateException(ErrorCodes.RootUnsafe, first.What, first.Next + insist);
        }
    }

    private static IEnumerable<RootFault> OfRole(RootMetadata root, string role)
    {
        var (keyIds, threshold) = root.Roles[role];
        var countable = Countable(root, role);
        if (keyIds.Count == 0)
        {
            yield return new RootFault(
                $"The role {role} would have no key, so nobody could ever sign it.",
                "Add a key with `repo-tools root add-key` first, or replace one with `repo-tools root rotate`."
            );
        }
        else if (threshold > countable)
        {
            yield return new RootFault(
                $"The threshold of {role} would be {threshold}, but it has {countable} distinct key(s) that can sign, so nobody could ever sign it.",
                "Add a key with `repo-tools root add-key`, or lower it with `repo-tools root set-threshold`, first."
            );
        }
        else if (FindTwice(root, keyIds) is var (one, other))
        {
            yield return new RootFault(
                $"The role {role} has the same public key under two ids, {one} and {other}; some readers would count it twice.",
                $"Take one of them away with `repo-tools root remove-key --role {role} --key {other}`."
            );
        }
    }

    private static (string One, string Other)? FindTwice(RootMetadata root, IReadOnlySet<string> keyIds)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var id in keyIds)
        {
            if (root.Keys.TryGetValue(id, out var key) && !seen.TryAdd(key.Identity, id))
            {
                return (seen[key.Identity], id);
            }
        }

        return null;
    }

    private static IEnumerable<RootFault> Expiry(RootMetadata root, DateTimeOffset now)
    {
        if (root.Expires <= now)
        {
            yield return new RootFault(
                $"The root would have expired at {Times.Instant(root.Expires)}; hosts refuse everything once the newest root has expired.",
                "Set it with `repo-tools root set-expiry`.",
                CanForce: true
            );
        }
        else if (root.Expires - now < ShortestLife)
        {
            yield return new RootFault(
                $"The root would expire {Times.In(root.Expires - now)}, at {Times.Instant(root.Expires)}; that is hardly time for the next ceremony.",
                "Set it with `repo-tools root set-expiry`.",
                CanForce: true
            );
        }
    }

    private static IEnumerable<RootFault> Layout(RootMetadata root)
    {
        if (!root.ConsistentSnapshot)
        {
            yield return new RootFault(
                "The root says that snapshots are not consistent, but these tools write file names with versions and digests only; no host would find a file.",
                "Set `consistent_snapshot` to true and sign again."
            );
        }
    }
}
