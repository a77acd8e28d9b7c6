using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Delegating;

/// <summary>Signed metadata of a delegated role, ready to be written.</summary>
internal sealed record RoleFile(string Role, long Version, byte[] Bytes);

/// <summary>
/// The next state of the delegated roles, signed in memory. A role is written anew when the draft changes it, when it is new, when its delegator's
/// keys for it are no longer those that signed it, or when it is to be renewed; all others stay byte for byte, and are not even read.
/// </summary>
/// <param name="view">The draft over what is published.</param>
/// <param name="plan">Keys, expiries, and which roles to renew.</param>
/// <param name="nextVersion">The version that a role gets.</param>
/// <param name="time">When it is signed.</param>
internal sealed class DelegatedPublication(
    RoleView view,
    SigningPlan plan,
    Func<string, long> nextVersion,
    DateTimeOffset time
)
{
    private readonly RoleGraph _after = RoleGraph.Walk(
        view.DelegationsOf,
        (d, bins) => BinsThatMatter(view, plan, d, bins)
    );

    // Without a change of delegations the graph is the same.
    private readonly RoleGraph? _before =
        view.Draft.Delegations.Count == 0
            ? null
            : RoleGraph.Walk(
                role => view.Published.Find(role)?.Metadata.Delegations,
                (d, bins) => BinsThatMatter(view, plan, d, bins)
            );

    /// <exception cref="UpdateException">
    /// <see cref="ErrorCodes.SignaturesMissing"/> when a delegator's threshold is not met; <see cref="ErrorCodes.RepositoryInvalid"/> when a
    /// published role is not what its keys signed.
    /// </exception>
    public IReadOnlyList<RoleFile> Build()
    {
        RequireDelegatedTo();
        var roles = _after.Roles.Where(IsCandidate).ToArray();
        // Found and read one after the other, signed on all processors.
        foreach (var role in roles)
        {
            view.Published.Find(role);
        }

        var files = new RoleFile?[roles.Length];
        var refusals = new UpdateException?[roles.Length];
        Parallel.For(
            0,
            roles.Length,
            // Those who sign elsewhere are told of the first role that waits for them.
            new ParallelOptions { MaxDegreeOfParallelism = plan.Offline is null ? -1 : 1 },
            i =>
            {
                try
                {
                    files[i] = Build(roles[i]);
                }
                catch (UpdateException e)
                {
                    refusals[i] = e;
                }
            }
        );
        // The same one each time, whichever thread was first.
        return Array.Find(refusals, r => r is not null) is { } refusal ? throw refusal : [.. files.OfType<RoleFile>()];
    }

    private bool IsCandidate(string role) =>
        IsTouched(view.Draft, role)
        || IsRenewed(plan, role)
        || _after.EdgesTo(role).Any(edge => view.Draft.Delegations.ContainsKey(edge.Delegator));

    private RoleFile? Build(string role)
    {
        var edges = _after.EdgesTo(role);
        var old = view.Published.Find(role);
        var carried = old is not null && MayCarry(role, old, edges);
        var document = carried ? MetadataDocument.Parse(old!.Bytes) : MetadataDocument.NewTargets(1, time);
        var changed = RoleEdits.Apply(document, role, view.Draft);
        if (carried && !changed && !IsRenewed(plan, role) && edges.All(edge => IsSatisfied(edge, old!.Envelope)))
        {
            return null;
        }

        document.SetVersion(nextVersion(role));
        document.SetExpires(time + plan.RoleExpires.For(role));
        return Sign(role, edges, document);
    }

    /// <returns>Null while it waits for signatures from elsewhere.</returns>
    private RoleFile? Sign(string role, IReadOnlyList<Delegation> edges, MetadataDocument document)
    {
        if (plan.Offline is null)
        {
            document.ClearSignatures();
        }
        else
        {
            document = plan.Offline.Resume(role, document);
            RoleSigner.RemoveStrangers(document, KeysOf(edges));
        }

        foreach (var key in plan.RoleKeys.For(role))
        {
            var keyId = key.KeyId;
            if (!edges.Any(edge => edge.RoleKeys.KeyIds.Contains(keyId)))
            {
                throw new UpdateException(
                    ErrorCodes.KeyUnusable,
                    $"The key of {key.File} may not sign {role}: nobody who delegates to it names the key.",
                    "See `repo-tools delegation list` for the keys of each role."
                );
            }

            RoleSigner.SignOnce(document, new SerialSigner(key.Signer), [keyId]);
        }

        var bytes = document.ToBytes();
        ClientLimits.Require(role, bytes.Length);
        var envelope = Envelope.Parse(role, bytes);
        if (edges.FirstOrDefault(edge => !IsSatisfied(edge, envelope)) is { } refusing)
        {
            if (plan.Offline is { } offline)
            {
                offline.Wait(role, document, refusing.CountValid(envelope), refusing.RoleKeys.Threshold);
                return null;
            }

            throw new UpdateException(
                ErrorCodes.SignaturesMissing,
                $"{role} has {refusing.CountValid(envelope)} of {refusing.RoleKeys.Threshold} signatures by distinct keys that {refusing.Delegator} names for it; nothing was published.",
                $"Give {RoleSigner.DistinctKeys(refusing.RoleKeys.Threshold)} with --role-key {role}=KEY.pem."
            );
        }

        return new RoleFile(role, document.Version, bytes);
    }

    private static IEnumerable<(string Id, PublicKey Key)> KeysOf(IReadOnlyList<Delegation> edges) =>
        edges.SelectMany(edge => edge.RoleKeys.KeyIds.Where(edge.Keys.ContainsKey).Select(id => (id, edge.Keys[id])));

    /// <summary>
    /// What is carried over gets new signatures: only what the role's keys have signed already may be. A role that nobody delegated to until now, and
    /// whose keys are others than those that signed it once, begins empty: its new holder has not vouched for what is there.
    /// </summary>
    private bool MayCarry(string role, PublishedRole old, IReadOnlyList<Delegation> edges)
    {
        var before = (_before ?? _after).EdgesTo(role);
        if (before.Count == 0)
        {
            return edges.All(edge => IsSatisfied(edge, old.Envelope));
        }

        if (before.FirstOrDefault(edge => !IsSatisfied(edge, old.Envelope)) is not { } refusing)
        {
            return true;
        }

        throw new UpdateException(
            ErrorCodes.RepositoryInvalid,
            $"The published {role} version {old.Metadata.Version} has {refusing.CountValid(old.Envelope)} of {refusing.RoleKeys.Threshold} valid signatures by the keys that {refusing.Delegator} names for it: somebody changed it.",
            Published.Damaged
        );
    }

    private void RequireDelegatedTo()
    {
        var lost = view
            .Draft.Targets.Keys.Concat(view.Draft.Delegations.Keys)
            .FirstOrDefault(role => role != Roles.Targets && _after.EdgesTo(role).Count == 0);
        if (lost is not null)
        {
            throw new UpdateException(
                ErrorCodes.RoleMissing,
                $"The draft changes {lost}, but nobody delegates to it, so no host would ever read it.",
                $"Delegate to it with `repo-tools delegation add`, or delete the draft's changes with `repo-tools delegation remove`."
            );
        }
    }

    private static bool IsSatisfied(Delegation edge, Envelope envelope) =>
        edge.CountValid(envelope) >= edge.RoleKeys.Threshold;

    private static bool IsTouched(DraftRoles draft, string role) =>
        draft.Targets.ContainsKey(role) || draft.Delegations.ContainsKey(role);

    private static bool IsRenewed(SigningPlan plan, string role) => plan.Renew.Any(pattern => pattern.Matches(role));

    private static IEnumerable<string> BinsThatMatter(
        RoleView view,
        SigningPlan plan,
        string delegator,
        SuccinctRoles bins
    ) =>
        // New bins, or bins with other keys: all of them are asked for by somebody.
        view.Draft.Delegations.ContainsKey(delegator)
        || plan.Renew.Count > 0
            ? bins.Names()
            : view.Draft.Targets.Keys.Where(bins.Contains);
}

/// <summary>A signer that several threads may share: a token or a service answers one question at a time.</summary>
internal sealed class SerialSigner(ISigner signer) : ISigner
{
    public PublicKey PublicKey => signer.PublicKey;

    public byte[] Sign(ReadOnlySpan<byte> message)
    {
        lock (signer)
        {
            return signer.Sign(message);
        }
    }
}
