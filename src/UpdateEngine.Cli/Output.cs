using System.CommandLine;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using UpdateEngine.State;
using UpdateEngine.Terminal;
using UpdateEngine.Updates;

namespace UpdateEngine.Cli;

/// <summary>A result as one JSON document or as lines for a person, never both.</summary>
internal static class Output
{
    public static bool IsJson(ParseResult parsed) => CommandHost.IsJson(parsed);

    public static int Write<T>(
        ParseResult parsed,
        T document,
        JsonTypeInfo<T> type,
        IEnumerable<string> lines,
        ExitCode exit = ExitCode.Done
    )
    {
        if (IsJson(parsed))
        {
            JsonText.Print(document, type);
        }
        else
        {
            foreach (var line in lines)
            {
                Console.Out.WriteLine(PlainText.Of(line));
            }
        }

        return (int)exit;
    }

    public static int WriteStep(ParseResult parsed, Updater.StepResult step, string? next = null) =>
        Write(
            parsed,
            new StepDocument(step.Slot, step.Version, step.Text),
            OutputJson.Default.StepDocument,
            next is null ? [Sentence(step.Text)] : [Sentence(step.Text), next]
        );

    public static string Sentence(string clause) => char.ToUpperInvariant(clause[0]) + clause[1..] + ".";
}

internal sealed record StepDocument(string Slot, string? Version, string Message);

internal sealed record CheckDocument(
    string? Available,
    string? Running,
    string Variant,
    string Arch,
    int Seed,
    string? Reason,
    string Message,
    DateTimeOffset? Until,
    IReadOnlyList<string> Warnings,
    int ExitCode
);

internal sealed record HealthDocument(
    string Check,
    bool Required,
    string Class,
    bool Passed,
    string? Failure,
    double Seconds
);

internal sealed record ConfirmDocument(
    string Verdict,
    string Slot,
    string? Version,
    string Message,
    IReadOnlyList<HealthDocument> Checks,
    IReadOnlyList<string> Notes,
    int ExitCode
);

internal sealed record HistoryDocument(IReadOnlyList<HistoryEntry> Entries);

internal sealed record DeniedDocument(IReadOnlyList<DeniedRelease> Denied);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    WriteIndented = true,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(StepDocument))]
[JsonSerializable(typeof(CheckDocument))]
[JsonSerializable(typeof(ConfirmDocument))]
[JsonSerializable(typeof(HistoryDocument))]
[JsonSerializable(typeof(DeniedDocument))]
internal sealed partial class OutputJson : JsonSerializerContext;
