using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>
/// --dry-run, which every command that writes has: it reads, decides, opens keys, signs in memory and refuses as it would, with the same exit code,
/// and writes nothing, not even a lock.
/// </summary>
internal static class DryRun
{
    public const string Name = "--dry-run";

    // One for each command: a shared one would keep every command tree that was ever built.
    public static Option<bool> NewOption() => new(Name) { Description = "Say what this would do, and write nothing." };

    public static bool IsAsked(ParseResult args) => args.GetValue<bool>(Name);

    /// <summary>What a command that writes answers: in JSON <c>dry_run</c> says whether it did, in text the last line does.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="document">For --json.</param>
    /// <param name="type">Of the document.</param>
    /// <param name="done">What was done, or would be.</param>
    /// <param name="next">What a person does next; said only when something was done.</param>
    public static int Print<T>(ParseResult args, T document, JsonTypeInfo<T> type, string done, string? next = null)
    {
        var json = JsonSerializer.SerializeToNode(document, type)!.AsObject();
        json["dry_run"] = IsAsked(args);
        var last =
            IsAsked(args) ? "This was a dry run: nothing was written."
            : next is null ? ""
            : $"Next: {next}";
        return Answer.Print(args, json, AnswersJson.Default.JsonObject, $"{done.TrimEnd('\n')}\n{last}");
    }
}
