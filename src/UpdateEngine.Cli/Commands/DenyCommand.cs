using System.CommandLine;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Updates;

namespace UpdateEngine.Cli.Commands;

internal static class DenyCommand
{
    public static Command Create() =>
        new(
            "deny",
            "The versions that this host does not take by itself: those that failed here, and those an operator put there."
        )
        {
            List(),
            Add(),
            Remove(),
        };

    private static Command List()
    {
        var command = new Command("list", "Every denied version with its reason.");
        command.SetAction(parsed =>
        {
            var denied = HostOptions.OpenHost(parsed).DenyList.Load();
            return Output.Write(
                parsed,
                new DeniedDocument(denied),
                OutputJson.Default.DeniedDocument,
                denied.Count == 0 ? ["No version is denied."] : denied.Select(DenyText.Line)
            );
        });
        return command;
    }

    private static Command Add()
    {
        var version = Version();
        var reason = new Option<string?>("--reason") { Description = "Why.", HelpName = "TEXT" };
        var command = new Command("add", "Denies a version.") { version, reason };
        command.SetAction(parsed =>
        {
            var denied = Parse(parsed.GetValue(version)!);
            var step = HostOptions.OpenUpdater(parsed).Deny(denied, parsed.GetValue(reason));
            return Output.WriteStep(parsed, step);
        });
        return command;
    }

    private static Command Remove()
    {
        var version = Version();
        var command = new Command("remove", "Allows a version again.") { version };
        command.SetAction(parsed =>
        {
            var allowed = Parse(parsed.GetValue(version)!);
            return Output.WriteStep(parsed, HostOptions.OpenUpdater(parsed).Allow(allowed));
        });
        return command;
    }

    private static Argument<string> Version() => new("VERSION") { Description = "Such as 1.2.0." };

    private static SemanticVersion Parse(string text) =>
        SemanticVersion.TryParse(text, out var version)
            ? version
            : throw new UpdateException(
                ErrorCodes.Usage,
                $"\"{text}\" is not a version like 1.2.0.",
                "See `updatectl deny --help`."
            );
}
