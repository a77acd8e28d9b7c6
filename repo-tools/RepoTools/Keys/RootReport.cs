using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

internal sealed record RootRole(string Role, long Threshold, IReadOnlyList<string> KeyIds);

internal sealed record RootAnswer(
    string File,
    long Version,
    DateTimeOffset Expires,
    int Signatures,
    long Threshold,
    IReadOnlyList<RootRole> Roles
);

/// <summary>Root metadata in words.</summary>
internal static class RootReport
{
    private const int ShortId = 12;

    public static RootAnswer Of(MetadataDocument root, string path)
    {
        var view = root.ToRoot();
        var roles = view.Roles.Select(r => new RootRole(r.Key, r.Value.Threshold, [.. r.Value.KeyIds])).ToArray();
        return new RootAnswer(path, view.Version, view.Expires, RootFile.Valid(root), RootFile.Threshold(root), roles);
    }

    public static string Text(RootAnswer answer)
    {
        var table = new TextTable("ROLE", "SIGNATURES NEEDED", "KEYS");
        foreach (var role in answer.Roles)
        {
            table.Add(
                role.Role,
                $"{role.Threshold} of {role.KeyIds.Count}",
                string.Join(", ", role.KeyIds.Select(Short))
            );
        }

        return $"{answer.File}: root version {answer.Version}, expires {Times.Instant(answer.Expires)}, {Signatures(answer)}\n\n{table}";
    }

    /// <summary>"2 of 2 signatures"</summary>
    public static string Signatures(RootAnswer answer) => $"{answer.Signatures} of {answer.Threshold} signatures";

    public static string Short(string keyId) => keyId.Length > ShortId ? keyId[..ShortId] : keyId;
}
