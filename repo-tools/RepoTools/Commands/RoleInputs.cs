using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <summary>Options about delegated roles that several commands share.</summary>
internal static class RoleInputs
{
    public static Argument<string> Role(string description) => new("ROLE") { Description = description };

    public static Option<string> From() =>
        new("--from")
        {
            Description = "Who delegates.",
            HelpName = "DELEGATOR",
            DefaultValueFactory = _ => Roles.Targets,
        };

    /// <summary>Repeatable, and several values after one name.</summary>
    public static Option<string[]> Several(string name, string description, string helpName, bool required = false) =>
        new(name)
        {
            Description = description,
            HelpName = helpName,
            Required = required,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = required ? null : _ => [],
        };

    public static Option<string[]> PublicKeys(string description) =>
        new KeyOption("--key")
        {
            Description = description + " Repeat it for several keys.",
            HelpName = "PUB.pem",
            Required = true,
            AllowMultipleArgumentsPerToken = true,
        };

    public static Option<int> Threshold() =>
        new("--threshold")
        {
            Description = "How many distinct keys must sign.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };

    public static Option<string[]> RoleKeys() =>
        new KeyOption("--role-key")
        {
            Description =
                "A private key that signs a delegated role, or all roles that a pattern matches. Repeat it for several keys and roles.",
            HelpName = "ROLE=KEY",
            DefaultValueFactory = _ => [],
        };

    public static Option<string[]> RoleExpires() =>
        new("--role-expires")
        {
            Description =
                "How long delegated roles hold, or those that a pattern matches; the last that matches counts.",
            HelpName = "[ROLE=]SPAN",
            DefaultValueFactory = _ => [],
        };

    public static Option<string[]> Renew() =>
        new("--renew")
        {
            Description =
                "Sign these roles anew although nothing in them changes: targets, delegated roles, or a pattern of them. Repeat it.",
            HelpName = "ROLE",
            DefaultValueFactory = _ => [],
        };

    /// <summary>In the order of the option's values; see <see cref="KeyRing"/>.</summary>
    public static SigningKeys OpenRoleKeys(ParseResult args, Option<string[]> option) =>
        SigningKeys.Open(
            args.GetRequiredValue(option).Select(text => Split(option, text).Value),
            KeyOptions.Access(args)
        );

    public static RoleKeyRing KeyRing(ParseResult args, Option<string[]> option, SigningKeys keys) =>
        new([
            .. args.GetRequiredValue(option).Zip(keys, (text, key) => (new RolePattern(Split(option, text).Role), key)),
        ]);

    public static RoleExpiries Expiries(ParseResult args, Option<string[]> option) =>
        new([
            .. args.GetRequiredValue(option)
                .Select(text =>
                {
                    var (role, span) = text.Contains('=', StringComparison.Ordinal)
                        ? Split(option, text)
                        : (null, text);
                    return (role is null ? null : new RolePattern(role), Inputs.Span(option.Name, span));
                }),
        ]);

    public static IReadOnlyList<RolePattern> Patterns(ParseResult args, Option<string[]> option) =>
        [.. args.GetRequiredValue(option).Select(text => new RolePattern(text))];

    private static (string Role, string Value) Split(Option option, string text)
    {
        var at = text.IndexOf('=', StringComparison.Ordinal);
        return at > 0 && at < text.Length - 1
            ? (text[..at], text[(at + 1)..])
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" for {option.Name} is not of the form {option.HelpName}.",
                "Write the role's name, an equals sign, and the value."
            );
    }
}
