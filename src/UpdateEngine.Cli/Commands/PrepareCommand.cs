using System.CommandLine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace UpdateEngine.Cli.Commands;

internal static class PrepareCommand
{
    public static Command Create()
    {
        var version = new Option<string?>("--pin")
        {
            Description = "Exactly this version, up or down; does not wait for the host's wave.",
            HelpName = "VERSION",
        };
        var force = new Option<bool>("--force")
        {
            Description = "With --pin: also if it is recalled, paused or on the deny list.",
        };
        var now = new Option<bool>("--ignore-waves") { Description = "Do not wait for the host's wave." };
        var command = new Command(
            "prepare",
            "Writes the release for this host into the slot that does not run: fetched, verified to its last byte, flushed, read back. Nothing boots yet."
        )
        {
            version,
            force,
            now,
        };
        command.SetAction(
            async (parsed, stop) =>
            {
                var options = new ChoiceOptions(
                    ParseVersion(parsed.GetValue(version)),
                    parsed.GetValue(force),
                    parsed.GetValue(now)
                );
                if (options is { Force: true, Pin: null })
                {
                    throw new UpdateException(
                        ErrorCodes.Usage,
                        "--force needs --pin: it is for one version that you name.",
                        "See `updatectl prepare --help`."
                    );
                }

                var updater = HostOptions.OpenUpdater(parsed);
                var step = await TransferProgress.ShowAsync(
                    Output.IsJson(parsed),
                    progress => updater.PrepareAsync(options, progress, stop)
                );
                return Output.WriteStep(parsed, step, "Activate it with `updatectl activate`.");
            }
        );
        return command;
    }

    private static SemanticVersion? ParseVersion(string? text) =>
        text is null ? null
        : SemanticVersion.TryParse(text, out var version) ? version
        : throw new UpdateException(
            ErrorCodes.Usage,
            $"--pin {text}: that is not a version like 1.2.0.",
            "See `updatectl prepare --help`."
        );
}
