using System.CommandLine;
using System.CommandLine.Parsing;
using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

/// <summary>Options and arguments that several commands share: the same names, words and refusals everywhere.</summary>
internal static class Inputs
{
    public static Argument<string> Repository() => new("DIR") { Description = "Directory of the repository." };

    public static Option<string> Text(string name, string description, bool required = false) =>
        new(name) { Description = description, Required = required };

    /// <summary>Longest reason or note, in characters: a line on a terminal and in a log, not a document.</summary>
    private const int MaxLine = 500;

    /// <summary>One line for people, which ends up in the manifest and on the terminals of hosts.</summary>
    public static Option<string> Line(string name, string description, bool required = false) =>
        new(name)
        {
            Description = description,
            Required = required,
            HelpName = "TEXT",
            CustomParser = result =>
                Parsed(
                    result,
                    Token(result) is { } text
                        && !string.IsNullOrWhiteSpace(text)
                        && text.Length <= MaxLine
                        && !text.Any(char.IsControl),
                    Token(result),
                    $"is not one line of 1 to {MaxLine} characters"
                ),
        };

    public static Option<string> File(string name, string description, bool required = false) =>
        new(name)
        {
            Description = description,
            Required = required,
            HelpName = "FILE",
        };

    /// <summary>Repeatable: one key each time, from wherever <see cref="SigningKeySource"/> takes it.</summary>
    public static Option<string[]> Keys(string name, string description, bool required = true) =>
        new KeyOption(name)
        {
            Description = $"{description} {SigningKeySource.Forms}; repeat it for several keys.",
            Required = required,
            HelpName = "KEY",
        };

    public static Option<int> Threshold(string role) =>
        new($"--{role}-threshold")
        {
            Description = $"How many distinct keys must sign {role}.",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };

    private static readonly string s_longest = $"above 0 and at most {Times.LongestSpan.TotalDays:0}d";

    public static Option<Duration> Duration(string name, string description, TimeSpan standard) =>
        new(name)
        {
            Description = description,
            HelpName = "SPAN",
            DefaultValueFactory = _ => new Duration(standard),
            CustomParser = result =>
                Parsed(
                    result,
                    Times.TryParseSpan(Token(result), out var span) && span > TimeSpan.Zero,
                    new Duration(span),
                    $"is no span of time {Times.SpanForm}, {s_longest}"
                ),
        };

    /// <summary>A span with or without a minus, not 0.</summary>
    public static Option<TimeSpan> SignedSpan(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "SPAN",
            Required = true,
            CustomParser = result =>
            {
                var text = Token(result);
                var minus = text.StartsWith('-');
                var ok = Times.TryParseSpan(minus ? text[1..] : text, out var span) && span > TimeSpan.Zero;
                return Parsed(result, ok, minus ? -span : span, $"is no span of time {Times.SpanForm}, or -4h");
            },
        };

    public static Option<DateTimeOffset?> Instant(string name, string description) =>
        new(name)
        {
            Description = description,
            HelpName = "TIME",
            CustomParser = result =>
                Parsed(
                    result,
                    Instants.TryParse(Token(result), out var at),
                    (DateTimeOffset?)at,
                    Instants.Fault(Token(result))
                ),
        };

    public static Argument<SemanticVersion> VersionArgument(string name, string description) =>
        new(name)
        {
            Description = description,
            CustomParser = result =>
                Parsed(
                    result,
                    SemanticVersion.TryParse(Token(result), out var version),
                    version,
                    "is not a version like 1.2.0 or 1.2.0-rc.1"
                ),
        };

    public static Option<SemanticVersion?> Version(string name, string description, bool required = false) =>
        new(name)
        {
            Description = description,
            Required = required,
            HelpName = "VERSION",
            CustomParser = result =>
                Parsed(
                    result,
                    SemanticVersion.TryParse(Token(result), out var version),
                    version,
                    "is not a version like 1.2.0 or 1.2.0-rc.1"
                ),
        };

    /// <param name="standard">In bytes; null where the size follows from something else.</param>
    public static Option<long?> Size(string name, string description, long? standard = null) =>
        new(name)
        {
            Description = description + (standard is { } size ? $" [default: {Bytes.Text(size)}]" : ""),
            HelpName = "SIZE",
            CustomParser = result =>
                Parsed(
                    result,
                    Bytes.TryParse(Token(result), out var bytes) && bytes > 0,
                    (long?)bytes,
                    "is no size like 64M or 2GiB"
                ),
        };

    /// <summary>Opens the private keys of an option.</summary>
    public static SigningKeys Signers(ParseResult args, Option<string[]> option) =>
        SigningKeys.Open(args.GetValue(option) ?? [], KeyOptions.Access(args));

    /// <summary>The public halves of the keys of an option, given either way.</summary>
    public static IReadOnlyList<PublicKey> PublicKeys(ParseResult args, Option<string[]> option)
    {
        var access = KeyOptions.Access(args);
        return [.. args.GetRequiredValue(option).Select(text => SigningKeys.ReadPublic(text, access))];
    }

    /// <summary>A target's name as somebody typed it.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.Usage"/>; from metadata it would be a sign of tampering.</exception>
    public static TargetName TargetName(string text)
    {
        try
        {
            return new TargetName(text);
        }
        catch (MetadataMalformedException e)
        {
            throw new UpdateException(ErrorCodes.Usage, e.Message, "Write it like apps/hello.txt.", e);
        }
    }

    /// <summary>The public half of one key, given either way.</summary>
    public static PublicKey PublicKey(ParseResult args, string text) =>
        SigningKeys.ReadPublic(text, KeyOptions.Access(args));

    /// <summary>A span of time within another value, for which the parser's own check does not do.</summary>
    public static TimeSpan Span(string option, string text) =>
        Times.TryParseSpan(text, out var span) && span > TimeSpan.Zero
            ? span
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" for {option} is no span of time {Times.SpanForm}, {s_longest}.",
                "Write it like 90d or 12h."
            );

    private static string Token(ArgumentResult result) => result.Tokens[0].Value;

    private static T? Parsed<T>(ArgumentResult result, bool ok, T? value, string fault)
    {
        if (ok)
        {
            return value;
        }

        var option = (result.Parent as OptionResult)?.Option.Name ?? result.Argument.Name;
        result.AddError($"\"{Token(result)}\" for {option} {fault}");
        return default;
    }
}

/// <summary>A span of time as an option's value: help shows "7 d", not the framework's form.</summary>
internal readonly record struct Duration(TimeSpan Time)
{
    public override string ToString() => Times.Span(Time);
}
