using System.CommandLine;
using System.Runtime.InteropServices;
using RepoTools.Keys;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>When something expires: a span from now on, or an instant.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Expiry(TimeSpan? Span, DateTimeOffset? At)
{
    public const string Form = "a span of time like 365d, or a time like 2027-11-20T12:00:00Z";

    public static bool TryParse(string text, out Expiry expiry)
    {
        var isSpan = Times.TryParseSpan(text, out var span);
        var isInstant = Instants.TryParse(text, out var at);
        expiry = isSpan ? new Expiry(span, null) : new Expiry(null, at);
        return isSpan || isInstant;
    }

    public DateTimeOffset From(DateTimeOffset now) => (At ?? now + Span!.Value).ToSecond();

    public override string ToString() => Span is { } span ? Times.Span(span) : Times.Instant(At ?? default);
}

/// <summary>Arguments and options of the commands on root files.</summary>
internal static class RootInputs
{
    public static Argument<string> File() => new("FILE") { Description = "Root metadata, as `root create` writes it." };

    public static Option<string> Previous() =>
        Inputs.File(
            "--previous",
            "The root of the version before: its keys must sign too. It may be a repository's N.root.json."
        );

    public static Option<bool> Force() =>
        new("--force") { Description = "Insist, where a refusal says that this is possible." };

    public static Option<string[]> Roles(string description, bool required) =>
        new("--role")
        {
            Description = description + " Repeat it for several roles.",
            Required = required,
            HelpName = "ROLE",
            Validators =
            {
                result =>
                {
                    foreach (var token in result.Tokens)
                    {
                        if (!RootRules.TopLevel.Contains(token.Value, StringComparer.Ordinal))
                        {
                            result.AddError(
                                $"\"{token.Value}\" for --role is none of {string.Join(", ", RootRules.TopLevel)}"
                            );
                        }
                    }
                },
            },
        };

    public static Argument<Expiry> When() =>
        new("WHEN")
        {
            Description = "A span from now on like 365d, or a time like 2027-11-20T12:00:00Z.",
            CustomParser = result =>
            {
                if (!Expiry.TryParse(result.Tokens[0].Value, out var expiry))
                {
                    result.AddError($"\"{result.Tokens[0].Value}\" is no {Expiry.Form}");
                }

                return expiry;
            },
        };

    /// <summary>A key that the root has: the file with one of its halves, or the first letters of its id where the file is lost.</summary>
    public static IReadOnlyList<string> KeyOf(ParseResult args, RootDraft draft, string fileOrId) =>
        !System.IO.File.Exists(fileOrId) && draft.FindById(fileOrId) is { } id
            ? [id]
            : draft.Find(Inputs.PublicKey(args, fileOrId));
}
