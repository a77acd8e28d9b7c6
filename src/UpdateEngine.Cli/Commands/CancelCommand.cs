using System.CommandLine;

namespace UpdateEngine.Cli.Commands;

internal static class CancelCommand
{
    public static Command Create()
    {
        var command = new Command(
            "cancel",
            "Stops a prepare that is running; otherwise undoes an activation. What was prepared completely stays prepared."
        );
        command.SetAction(
            async (parsed, stop) => Output.WriteStep(parsed, await HostOptions.OpenUpdater(parsed).CancelAsync(stop))
        );
        return command;
    }
}
