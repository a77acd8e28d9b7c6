using System.CommandLine;

namespace UpdateEngine.Cli.Commands;

internal static class RearmCommand
{
    public static Command Create()
    {
        var command = new Command(
            "rearm",
            "Gives the running slot its tries back where the configuration guards it (guard_tries): to be run some minutes after the gate, and at a clean shutdown."
        );
        command.SetAction(
            async (parsed, stop) => Output.WriteStep(parsed, await HostOptions.OpenUpdater(parsed).RearmAsync(stop))
        );
        return command;
    }
}
