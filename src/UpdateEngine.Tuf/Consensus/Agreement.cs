using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>
/// Whether enough repositories say the same about a target: the same length, and the same digests.
///
/// <para>Two repositories agree when the lengths are equal, they list at least one digest in common that can be computed here, and every
/// such digest that both list is equal. So <c>sha256</c> alone and <c>sha256</c> with <c>sha512</c> can agree; <c>sha256</c> alone and
/// <c>sha512</c> alone cannot, because nobody can tell whether they mean the same file. That is not transitive, so a set agrees only when
/// each two of its members do.</para>
///
/// <para>To find the sets, each description is the yardstick once for each of its digests: whoever lists that digest, and nothing that the
/// yardstick does not list equally, is in. Any two of them share that digest and contradict nowhere; and every set that agrees is found,
/// because with two algorithms one of its members lists all that the others do.</para>
///
/// <para>Of several sets the one wins that is complete first when the repositories are asked in the mapping's order (TAP 4), then the
/// larger one, then the first yardstick's, by sha256 before sha512. Neither the clock nor the network decides.</para>
/// </summary>
internal static class Agreement
{
    private sealed record Candidate(TargetFile Target, RepositoryAnswer[] Members, int Complete);

    /// <returns>Null when no set of them is as large as the threshold.</returns>
    public static (TargetFile Target, IReadOnlyList<RepositoryAnswer> Members)? Find(
        IReadOnlyList<RepositoryAnswer> answers,
        int threshold
    )
    {
        Candidate? best = null;
        foreach (var target in answers.Select(answer => answer.Target).OfType<TargetFile>())
        {
            foreach (var (algorithm, _, _) in target.Hashes.Usable)
            {
                var members = answers.Where(a => a.Target is { } t && IsWithin(t, target, algorithm)).ToArray();
                if (members.Length < threshold)
                {
                    continue;
                }

                var complete = answers.TakeWhile(answer => answer != members[threshold - 1]).Count();
                var candidate = new Candidate(target, members, complete);
                if (best is null || IsBetter(candidate, best))
                {
                    best = candidate;
                }
            }
        }

        return best is null ? null : (best.Target with { Custom = null }, best.Members);
    }

    private static bool IsBetter(Candidate candidate, Candidate best) =>
        candidate.Complete < best.Complete
        || (candidate.Complete == best.Complete && candidate.Members.Length > best.Members.Length);

    private static bool IsWithin(TargetFile target, TargetFile yardstick, string algorithm)
    {
        var listed = yardstick.Hashes.Usable.ToDictionary(d => d.Name, d => d.Value, StringComparer.Ordinal);
        return target.Length == yardstick.Length
            && target.Hashes.Usable.Any(digest => digest.Name == algorithm)
            && target.Hashes.Usable.All(d => listed.TryGetValue(d.Name, out var value) && value == d.Value);
    }
}
