using System.CommandLine;
using UpdateEngine.Updates;

namespace UpdateEngine.Cli;

/// <summary>What every command of updatectl needs: the host that it is about.</summary>
internal static class HostOptions
{
    private const string Root = "--root";

    public static Option<string> NewRoot() =>
        new(Root)
        {
            Description = "Directory of the host; any other than / is a sandbox whose disk is an image file.",
            HelpName = "DIR",
            DefaultValueFactory = _ => "/",
            Recursive = true,
        };

    public static Host OpenHost(ParseResult parsed) => Host.Open(parsed.GetValue<string>(Root)!, TimeProvider.System);

    public static Updater OpenUpdater(ParseResult parsed)
    {
        var host = OpenHost(parsed);
        return new Updater(host, host.Paths.IsSandbox ? new SandboxReboot(host.Paths) : new SystemReboot());
    }
}
