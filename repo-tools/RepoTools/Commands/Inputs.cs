using System.CommandLine;
using System.CommandLine.Parsing;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Signing;

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

    /// <summary>Repeatable: one file each time.</summary>
    public static Option<string[]> Keys(string name, string description, bool required = true) =>
        new(name)
        {
            Description = description + " Repeat it for several keys.",
            Required = required,
            HelpName = "KEY.pem",
        };

    public static Option<int> Threshold(string role) =>
        new($"--{role}-threshold")
        {
            Description = $"How many distinct keys must sign {role}.",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };

    /// <summary>A hundred years: beyond some thousands the calendar ends.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(36525);

    public static Option<Duration> Duration(string name, string description, TimeSpan standard) =>
        new(name)
        {
            Description = description,
            HelpName = "SPAN",
            DefaultValueFactory = _ => new Duration(standard),
            CustomParser = result =>
                Parsed(
                    result,
                    Times.TryParseSpan(Token(result), out var span) && span > TimeSpan.Zero && span <= s_longest,
                    new Duration(span),
                    $"is no span of time {Times.SpanForm}, at most 36525d"
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
                    $"is not {Instants.Form}"
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

    /// <summary>Opens the key files of an option; warns of private keys that others may read.</summary>
    public static IReadOnlyList<SigningKey> Signers(ParseResult args, Option<string[]> option)
    {
        var signers = new List<SigningKey>();
        foreach (var file in args.GetValue(option) ?? [])
        {
            signers.Add(Signer(file));
        }
        return signers;
    }

    /// <summary>Opens one key file.</summary>
    public static SigningKey Signer(string file)
    {
        var key = new SigningKey(file, KeyFiles.ReadSigner(file));
        if (KeyFiles.IsExposed(file))
        {
            Answer.Note($"Warning: other users may read the private key {file}. Run `chmod 600 {file}`.");
        }

        return key;
    }

    /// <summary>A span of time within another value, for which the parser's own check does not do.</summary>
    public static TimeSpan Span(string option, string text) =>
        Times.TryParseSpan(text, out var span) && span > TimeSpan.Zero && span <= s_longest
            ? span
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" for {option} is no span of time {Times.SpanForm}, at most 36525d.",
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
