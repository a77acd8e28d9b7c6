using System.CommandLine;
using UpdateEngine.State;

namespace UpdateEngine.Cli.Commands;

internal static class HistoryCommand
{
    public static Command Create()
    {
        var count = new Option<int>("--count", "-n")
        {
            Description = "How many of the latest entries.",
            HelpName = "N",
            DefaultValueFactory = _ => 50,
            CustomParser = result =>
            {
                if (int.TryParse(result.Tokens[0].Value, out var number) && number > 0)
                {
                    return number;
                }

                result.AddError($"--count {result.Tokens[0].Value}: that is not a number above 0");
                return 0;
            },
        };
        var evidence = new Option<bool>("--evidence")
        {
            Description = "Also what failed checks printed and the kernel said.",
        };
        var command = new Command("history", "What happened to this host's slots, oldest first.") { count, evidence };
        command.SetAction(parsed =>
        {
            var entries = HostOptions.OpenHost(parsed).History.Load(parsed.GetValue(count));
            return Output.Write(
                parsed,
                new HistoryDocument(entries),
                OutputJson.Default.HistoryDocument,
                entries.Count == 0
                    ? ["Nothing has happened yet."]
                    : entries.SelectMany(e => Lines(e, parsed.GetValue(evidence)))
            );
        });
        return command;
    }

    private static IEnumerable<string> Lines(HistoryEntry entry, bool withEvidence) =>
        [
            $"{Times.Stamp(entry.At)}  {entry.Event, -20}  {entry.Text}",
            .. withEvidence && entry.Evidence is { } evidence
                ? evidence.TrimEnd().Split('\n').Select(line => "    " + line)
                : [],
        ];
}
