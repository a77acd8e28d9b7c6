using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Publishing;

/// <summary>Which delegated roles an option is about: a name, or a pattern such as <c>bin-*</c>.</summary>
internal sealed record RolePattern(string Text)
{
    public bool Matches(string role) =>
        string.Equals(role, Text, StringComparison.Ordinal)
        || (
            Text.AsSpan().ContainsAny('*', '?') && IsPlain(role) && new PathPattern(Text).Matches(new TargetName(role))
        );

    // A role of another tool may have a name that is no target's; it can be named, but not by a pattern.
    private static bool IsPlain(string role) =>
        role.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-' or '~');
}

/// <summary>The keys of delegated roles: one key may serve many roles, and a role may need several keys.</summary>
internal sealed record RoleKeyRing(IReadOnlyList<(RolePattern Roles, SigningKey Key)> Entries)
{
    public static readonly RoleKeyRing Empty = new([]);

    public IEnumerable<SigningKey> For(string role) => Entries.Where(e => e.Roles.Matches(role)).Select(e => e.Key);
}

/// <summary>A span of time for each role, such as how long a delegated one holds: the last entry that matches a role counts.</summary>
internal sealed record RoleExpiries(IReadOnlyList<(RolePattern? Roles, TimeSpan Span)> Entries)
{
    public static readonly TimeSpan Default = TimeSpan.FromDays(90);
    public static readonly RoleExpiries Standard = new([]);

    public TimeSpan For(string role) => For(role, Default);

    /// <param name="otherwise">Where no entry matches.</param>
    public TimeSpan For(string role, TimeSpan otherwise) =>
        Entries.LastOrDefault(e => e.Roles?.Matches(role) ?? true, (null, otherwise)).Span;
}
