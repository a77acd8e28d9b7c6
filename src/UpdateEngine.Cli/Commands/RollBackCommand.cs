using System.CommandLine;

namespace UpdateEngine.Cli.Commands;

internal static class RollBackCommand
{
    public static Command Create()
    {
        var reason = new Option<string?>("--reason")
        {
            Description = "Why, for the history and the deny list.",
            HelpName = "TEXT",
        };
        var command = new Command(
            "rollback",
            "Lets the other slot boot next, if it can boot, and puts the running version on the deny list. Then reboot."
        )
        {
            reason,
        };
        command.SetAction(
            async (parsed, stop) =>
                Output.WriteStep(
                    parsed,
                    await HostOptions.OpenUpdater(parsed).RollBackAsync(parsed.GetValue(reason), stop),
                    "Reboot to go back."
                )
        );
        return command;
    }
}
