using System.CommandLine;
using UpdateEngine.Terminal;

namespace UpdateEngine.Cli.Commands;

internal static class ActivateCommand
{
    public static Command Create()
    {
        var force = new Option<bool>("--force") { Description = "Also if it was recalled or is on the deny list." };
        var command = new Command(
            "activate",
            "Lets the prepared slot boot next. Its images are hashed once more first, and a release that was recalled or denied since is refused."
        )
        {
            force,
        };
        command.SetAction(
            async (parsed, stop) =>
            {
                var updater = HostOptions.OpenUpdater(parsed);
                var step = await TransferProgress.ShowAsync(
                    Output.IsJson(parsed),
                    progress => updater.ActivateAsync(parsed.GetValue(force), progress, stop)
                );
                return Output.WriteStep(parsed, step, "Reboot to run it; `updatectl cancel` takes it back until then.");
            }
        );
        return command;
    }
}
