using System.Buffers;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Delegating;

/// <summary>Names, patterns and prefixes that every client and every server reads alike. Rules on values; each refusal is a usage error.</summary>
internal static class RoleNames
{
    private const int MaxLength = 128;
    private const int MaxPrefix = 64;

    private static readonly SearchValues<char> s_hexadecimal = SearchValues.Create("0123456789abcdef");

    /// <summary>
    /// A role's name becomes part of a file's name and of an address. The specification allows any characters; these need no encoding anywhere, so
    /// that no two servers can differ about where the file lies.
    /// </summary>
    public static void Check(string name)
    {
        if (name is Roles.Root or Roles.Timestamp or Roles.Snapshot or Roles.Targets)
        {
            throw Usage($"{name} is a top-level role and cannot be delegated to.", "Choose another name.");
        }

        var plain =
            name.Length is > 0 and <= MaxLength
            && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
        if (!plain || name[0] == '.')
        {
            throw Usage(
                $"\"{name}\" can't be the name of a role.",
                $"Use 1 to {MaxLength} letters, digits, . _ or -, and no . at the start."
            );
        }
    }

    public static PathPattern Pattern(string text)
    {
        if (text.Length == 0 || text[0] == '/' || text.Split('/').Any(s => s is "" or "." or ".."))
        {
            throw Usage($"\"{text}\" can't be a pattern: no target's name could match it.", "Write it like apps/*.");
        }

        // For the specification only * and ? are special; clients in Python take [ for the start of a set as well.
        return text.AsSpan().ContainsAny('[', '\\')
            ? throw Usage($"\"{text}\" can't be a pattern: clients read [ and \\ differently.", "Use * and ? alone.")
            : new PathPattern(text);
    }

    public static string HashPrefix(string text) =>
        text.Length is > 0 and <= MaxPrefix && !text.AsSpan().ContainsAnyExcept(s_hexadecimal)
            ? text
            : throw Usage(
                $"\"{text}\" can't be a hash prefix.",
                $"Give 1 to {MaxPrefix} lower-case hexadecimal digits: how the SHA-256 of a target's name begins."
            );

    private static UpdateException Usage(string message, string next) => new(ErrorCodes.Usage, message, next);
}
