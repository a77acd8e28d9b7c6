using System.CommandLine;
using UpdateEngine.Releases;
using UpdateEngine.Updates;

namespace UpdateEngine.Cli.Commands;

internal static class CheckCommand
{
    public static Command Create()
    {
        var command = new Command(
            "check",
            "Asks the repository for a release for this host. Exit code 0: there is one; 77: there is none now, and the reason is printed. Changes no slot."
        );
        command.SetAction(
            async (parsed, stop) =>
            {
                var result = await HostOptions.OpenUpdater(parsed).CheckAsync(new ChoiceOptions(), stop);
                var exit = result.Decision.Chosen is null ? ExitCode.NothingToDo : ExitCode.Done;
                return Output.Write(
                    parsed,
                    Document(result, exit),
                    OutputJson.Default.CheckDocument,
                    Lines(result),
                    exit
                );
            }
        );
        return command;
    }

    private static IEnumerable<string> Lines(Updater.CheckResult result)
    {
        foreach (var warning in result.Warnings)
        {
            yield return $"Warning: {warning.TrimEnd('.')}.";
        }

        yield return Message(result);
        foreach (var refusal in result.Decision.PassedOver.Where(r => r != result.Decision.Refusal))
        {
            yield return $"  passed over: {refusal.Text}";
        }
    }

    private static string Message(Updater.CheckResult result) =>
        result.Decision.Chosen is { } release
            ? $"{release.Version} is available; {result.Identity.Version?.ToString() ?? "an unknown version"} runs here. Prepare it with `updatectl prepare`."
            : $"Nothing to do: {result.Decision.Refusal!.Text}. {Updater.NextStep(result.Decision.Refusal)}".TrimEnd();

    private static CheckDocument Document(Updater.CheckResult result, ExitCode exit) =>
        new(
            result.Decision.Chosen?.Version.ToString(),
            result.Identity.Version?.ToString(),
            result.Identity.Variant,
            result.Identity.Arch,
            result.Identity.Seed,
            result.Decision.Refusal?.Reason.ToString(),
            Message(result),
            result.Decision.Refusal?.Until,
            result.Warnings,
            (int)exit
        );
}
