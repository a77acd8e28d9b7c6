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
        var command = new Command("history", "What happened to this host's slots, oldest first.") { count };
        command.SetAction(parsed =>
        {
            var entries = HostOptions.OpenHost(parsed).History.Load(parsed.GetValue(count));
            return Output.Write(
                parsed,
                new HistoryDocument(entries),
                OutputJson.Default.HistoryDocument,
                entries.Count == 0 ? ["Nothing has happened yet."] : entries.Select(Line)
            );
        });
        return command;
    }

    private static string Line(HistoryEntry entry) => $"{Times.Stamp(entry.At)}  {entry.Event, -20}  {entry.Text}";
}
