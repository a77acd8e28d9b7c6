using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

internal sealed record RootRole(string Role, long Threshold, IReadOnlyList<string> KeyIds);

/// <param name="Roles">What the key may sign; "old root" for a root key of the version before.</param>
/// <param name="Signature">"valid", "missing" or "invalid" where this key's signature counts; null where it does not.</param>
internal sealed record RootKey(string KeyId, string Type, IReadOnlyList<string> Roles, string? Signature);

/// <param name="Missing">Keys that could still sign; none when there are enough signatures.</param>
internal sealed record RootCount(long Version, int Signatures, long Threshold, IReadOnlyList<string> Missing);

internal sealed record RootAnswer(
    string File,
    long Version,
    DateTimeOffset Expires,
    int Signatures,
    long Threshold,
    IReadOnlyList<RootRole> Roles,
    IReadOnlyList<RootKey> Keys,
    IReadOnlyList<string> Missing,
    RootCount? Previous,
    IReadOnlyList<string> Faults
);

/// <summary>Root metadata in words.</summary>
internal static class RootReport
{
    private const int ShortId = 12;

    /// <param name="root">The root.</param>
    /// <param name="path">For messages.</param>
    /// <param name="previous">The root of the version before, whose keys must agree; null when that is not asked.</param>
    /// <param name="now">For the faults.</param>
    public static RootAnswer Of(MetadataDocument root, string path, MetadataDocument? previous, DateTimeOffset now)
    {
        var view = root.ToRoot();
        var roles = RootRules
            .TopLevel.Select(r => new RootRole(r, view.Roles[r].Threshold, [.. view.Roles[r].KeyIds]))
            .ToArray();
        var own = Count(root, root);
        var faults = RootRules.Content(view, now).Select(f => f.What);
        if (previous is not null && previous.Version + 1 != root.Version)
        {
            faults = faults.Concat(RootRules.Succession(previous, root, path).Select(f => f.What));
        }

        return new RootAnswer(
            path,
            view.Version,
            view.Expires,
            own.Signatures,
            own.Threshold,
            roles,
            [.. RootKeys.Of(root, previous)],
            own.Missing,
            previous is null ? null : Count(previous, root),
            [.. faults]
        );
    }

    public static string Text(RootAnswer answer, DateTimeOffset now)
    {
        var roles = new TextTable("ROLE", "SIGNATURES NEEDED", "KEYS");
        foreach (var role in answer.Roles)
        {
            roles.Add(
                role.Role,
                $"{role.Threshold} of {role.KeyIds.Count}",
                string.Join(", ", role.KeyIds.Select(Short))
            );
        }

        var keys = new TextTable("KEY", "TYPE", "MAY SIGN", "SIGNATURE");
        foreach (var key in answer.Keys)
        {
            keys.Add(Short(key.KeyId), key.Type, string.Join(", ", key.Roles), key.Signature ?? "-");
        }

        var faults = string.Concat(answer.Faults.Select(f => $"\nFAULT: {f}"));
        return $"{Head(answer, now)}\n\n{roles}\n{keys}\n{Signed(answer)}{faults}";
    }

    /// <summary>"root.json: root version 2, expires 2027-11-20 12:00 UTC, 1 of 2 signatures"</summary>
    public static string Head(RootAnswer answer, DateTimeOffset? now = null)
    {
        var left =
            now is null ? ""
            : answer.Expires <= now ? " (EXPIRED)"
            : $" ({Times.In(answer.Expires - now.Value)})";
        return $"{answer.File}: root version {answer.Version}, expires {Times.Instant(answer.Expires)}{left}, {Signatures(answer)}";
    }

    public static string AfterSigning(RootAnswer answer) => $"{answer.File}: {Signatures(answer)}\n{Signed(answer)}";

    /// <summary>The next command of a ceremony.</summary>
    /// <param name="answer">How far it has come.</param>
    /// <param name="previous">The file of the root before, as the command line named it.</param>
    public static string Next(RootAnswer answer, string? previous)
    {
        var cross = previous is null ? "" : $" --previous {previous}";
        if (answer.Missing.Count > 0 || answer.Previous is { Missing.Count: > 0 })
        {
            return $"repo-tools root sign {answer.File} --key KEY.pem{cross}";
        }

        return answer switch
        {
            { Version: 1 } => $"repo-tools repo create DIR --root {answer.File}",
            // Whether hosts would follow was not asked yet.
            { Previous: null } => $"repo-tools root verify {answer.File} --previous OLD-ROOT",
            _ => $"repo-tools root publish DIR {answer.File}",
        };
    }

    /// <summary>"2 of 2 signatures"</summary>
    public static string Signatures(RootAnswer answer) => $"{answer.Signatures} of {answer.Threshold} signatures";

    public static string Short(string keyId) => keyId.Length > ShortId ? keyId[..ShortId] : keyId;

    private static string Signed(RootAnswer answer)
    {
        var own = Line(
            "its own keys",
            new RootCount(answer.Version, answer.Signatures, answer.Threshold, answer.Missing)
        );
        return answer.Previous is { } previous
            ? $"{own}\n{Line($"the keys of version {previous.Version}", previous)}"
            : own;
    }

    private static string Line(string whose, RootCount count)
    {
        var missing = count.Threshold - count.Signatures;
        var some = missing < count.Missing.Count ? $"{missing} of " : "";
        var rest =
            missing > 0
                ? $"; still missing: {missing} {(missing == 1 ? "signature" : "signatures")}, by {some}{string.Join(", ", count.Missing.Select(Short))}"
                : "; complete";
        return $"By {whose}: {count.Signatures} of {count.Threshold}{rest}";
    }

    private static RootCount Count(MetadataDocument keysOf, MetadataDocument document)
    {
        var view = keysOf.ToRoot();
        var role = view.Roles[Roles.Root];
        var valid = document.CountValidSignatures(keysOf, Roles.Root);
        var missing = role.KeyIds.Where(id => !view.Keys.TryGetValue(id, out var key) || !document.IsSignedBy(id, key));
        return new RootCount(keysOf.Version, valid, role.Threshold, valid < role.Threshold ? [.. missing] : []);
    }
}
