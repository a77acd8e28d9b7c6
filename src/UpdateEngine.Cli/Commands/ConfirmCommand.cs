using System.CommandLine;
using UpdateEngine.Health;
using UpdateEngine.Updates;

namespace UpdateEngine.Cli.Commands;

internal static class ConfirmCommand
{
    public static Command Create()
    {
        var command = new Command(
            "confirm",
            "The health gate of a boot: runs the checks of health.d/required and health.d/wanted and marks the slot good; a slot on trial whose required check fails is left "
                + "(version denied, reason remembered, reboot; exit code 74). A check gets UPDATE_ENGINE_SLOT, UPDATE_ENGINE_VERSION and UPDATE_ENGINE_ROOT; \"# timeout: 30s\" and "
                + "\"# class: image|config|environment\" in its head set its timeout and whose fault a failure is."
        );
        command.SetAction(
            async (parsed, stop) =>
            {
                Action<HealthOutcome>? report = Output.IsJson(parsed)
                    ? null
                    : o => Console.Error.WriteLine(PlainText.Of(Line(o)));
                var result = await HostOptions.OpenUpdater(parsed).ConfirmAsync(report, stop);
                var exit = result.Verdict == Verdict.Good ? ExitCode.Done : ExitCode.Health;
                return Output.Write(
                    parsed,
                    Document(result, exit),
                    OutputJson.Default.ConfirmDocument,
                    Lines(result),
                    exit
                );
            }
        );
        return command;
    }

    private static IEnumerable<string> Lines(Updater.ConfirmResult result)
    {
        foreach (var note in result.Notes)
        {
            yield return $"Note: {note.TrimEnd('.')}.";
        }

        yield return Output.Sentence(result.Text);
    }

    private static string Line(HealthOutcome outcome) =>
        $"  {(outcome.Failure is null ? "passed" : "FAILED")}  {(outcome.Check.Required ? "required" : "wanted  ")}  {outcome.Check.Name}"
        + (outcome.Failure is null ? "" : $": {outcome.Failure}");

    private static ConfirmDocument Document(Updater.ConfirmResult result, ExitCode exit) =>
        new(
            result.Verdict.ToString(),
            result.Slot,
            result.Version,
            Output.Sentence(result.Text),
            [
                .. result.Report.Outcomes.Select(o => new HealthDocument(
                    o.Check.Name,
                    o.Check.Required,
                    o.Check.Class.ToString().ToLowerInvariant(),
                    o.Failure is null,
                    o.Failure,
                    Math.Round(o.Took.TotalSeconds, 3)
                )),
            ],
            result.Notes,
            (int)exit
        );
}
