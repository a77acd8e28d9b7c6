using System.Text.Json;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>One line of a map file: for some targets, whom to ask and how many of them must agree.</summary>
/// <param name="Paths">At least one. They match as those of delegations do, segment by segment: <c>*</c> is no path with a slash.</param>
/// <param name="Repositories">Names, each once, in the order of preference.</param>
/// <param name="Threshold">From 1 to the number of repositories.</param>
/// <param name="Terminating">If these do not agree, nobody else is asked.</param>
public sealed record TargetMapping(
    IReadOnlyList<PathPattern> Paths,
    IReadOnlyList<string> Repositories,
    int Threshold,
    bool Terminating
)
{
    public bool IsFor(TargetName target) => Paths.Any(pattern => pattern.Matches(target));

    /// <summary>For an object that the reader is in.</summary>
    internal static TargetMapping Read(ref FieldReader json)
    {
        List<string>? paths = null;
        List<string>? repositories = null;
        long? threshold = null;
        bool? terminating = null;
        while (json.NextField(out var name))
        {
            switch (name)
            {
                case "paths":
                    paths = json.ReadStrings("'paths'");
                    break;
                case "repositories":
                    repositories = json.ReadStrings("a mapping's 'repositories'");
                    break;
                case "threshold":
                    threshold = json.ReadInteger("'threshold'", minimum: 1);
                    break;
                case "terminating":
                    terminating = json.ReadBoolean("'terminating'");
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (paths is null || repositories is null || threshold is null || terminating is null)
        {
            throw new JsonException("a mapping needs 'paths', 'repositories', 'threshold' and 'terminating'.");
        }

        RequirePatterns(paths);
        RequireDistinct(repositories);
        if (threshold > repositories.Count)
        {
            throw new JsonException($"{repositories.Count} repositories can never reach the threshold {threshold}.");
        }

        var patterns = paths.Select(path => new PathPattern(path)).ToArray();
        return new TargetMapping(patterns, repositories, (int)threshold, terminating.Value);
    }

    // A pattern that can match nothing is a mistake that would hand its targets to whichever mapping comes next.
    private static void RequirePatterns(List<string> paths)
    {
        if (paths.Count == 0)
        {
            throw new JsonException("a mapping has no 'paths'.");
        }

        if (paths.Find(path => path is "" || path[0] == '/') is { } path)
        {
            throw new JsonException($"the pattern '{path}' matches nothing: names of targets do not begin with '/'.");
        }
    }

    // One repository is one voice.
    private static void RequireDistinct(List<string> repositories)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        if (repositories.Find(name => !names.Add(name)) is { } twice)
        {
            throw new JsonException($"a mapping names the repository '{twice}' twice.");
        }
    }
}
