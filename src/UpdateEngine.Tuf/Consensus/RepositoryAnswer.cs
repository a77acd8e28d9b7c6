using System.Globalization;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>What one repository says about a target.</summary>
/// <param name="Repository">Its name in the map file.</param>
/// <param name="Target">Null when it has no such target, or failed.</param>
/// <param name="Failure">Why it could not be asked; null when it answered.</param>
public sealed record RepositoryAnswer(string Repository, TargetFile? Target, TufException? Failure)
{
    /// <summary>A clause for people: "has no such target".</summary>
    public string Reason =>
        Failure is not null ? $"failed with {Failure.Code}: {Failure.Message.TrimEnd('.')}"
        : Target is null ? "has no such target"
        : $"says {Target.Length.ToString(CultureInfo.InvariantCulture)} bytes, {Digest(Target.Hashes)}";

    private static string Digest(Digests hashes) =>
        string.Join(", ", hashes.Usable.Select(digest => $"{digest.Name} {digest.Value}").DefaultIfEmpty("no digest"));
}

/// <summary>A mapping whose repositories were asked in vain.</summary>
/// <param name="Number">Its place in the map file, from 1.</param>
/// <param name="Threshold">How many would have had to agree.</param>
/// <param name="Answers">Of all of its repositories, in its order.</param>
public sealed record FailedMapping(int Number, int Threshold, IReadOnlyList<RepositoryAnswer> Answers);

/// <summary>A target that enough repositories vouch for.</summary>
/// <param name="Target">
/// What they agree on. <see cref="TargetFile.Custom"/> is null, for TAP 4 asks for no agreement on it: each repository's own is in
/// <paramref name="Repositories"/>, and is that repository's word alone.
/// </param>
/// <param name="Mapping">The mapping that decided.</param>
/// <param name="Repositories">Those that agree, in the mapping's order, each with the target as it describes it.</param>
/// <param name="Answers">Of all repositories of the mapping, those that failed or say something else included.</param>
public sealed record AgreedTarget(
    TargetFile Target,
    TargetMapping Mapping,
    IReadOnlyList<RepositoryAnswer> Repositories,
    IReadOnlyList<RepositoryAnswer> Answers
);
