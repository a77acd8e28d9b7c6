using System.CommandLine;
using RepoTools.Delegating;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <summary>Which targets a role is trusted with: by name, or by the hash of the name.</summary>
internal sealed class PathOptions
{
    private readonly Option<string[]> _paths = RoleInputs.Several(
        "--paths",
        "Which targets, by name: * is any run of characters and ? one, within a segment. Several may follow.",
        "PATTERN"
    );
    private readonly Option<string[]> _prefixes = RoleInputs.Several(
        "--hash-prefix",
        "Which targets, by how the SHA-256 of their names begins. Several may follow.",
        "HEX"
    );

    public IEnumerable<Option> Options => [_paths, _prefixes];

    /// <returns>One of the two; the other is null.</returns>
    public (IReadOnlyList<PathPattern>? Paths, IReadOnlyList<string>? HashPrefixes) Of(ParseResult args, string role)
    {
        var paths = args.GetRequiredValue(_paths).Select(RoleNames.Pattern).ToArray();
        var prefixes = args.GetRequiredValue(_prefixes).Select(RoleNames.HashPrefix).ToArray();
        return paths.Length > 0 != prefixes.Length > 0
            ? (paths.Length > 0 ? paths : null, prefixes.Length > 0 ? prefixes : null)
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"{role} needs either --paths or --hash-prefix: which targets it is trusted with.",
                $"See `repo-tools delegation {args.CommandResult.Command.Name} --help` for examples."
            );
    }
}
