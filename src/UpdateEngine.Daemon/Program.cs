using UpdateEngine;
using UpdateEngine.Daemon;
using UpdateEngine.Updates;
using EngineHost = UpdateEngine.Updates.Host;

const string Help = """
    update-engine: keeps a host up to date by itself, within the owner's rules.

    Usage: update-engine [--root DIR]

    Looks at the repository every check_interval, prepares what is there for this host ("automation" in the configuration says how far it goes), and
    answers on the Unix socket run/update-engine/api.sock (GET /updates/status, GET /os). Stops cleanly on SIGTERM and Ctrl-C.
    """;

if (args is ["--help"] or ["-h"])
{
    Console.Out.WriteLine(Help);
    return 0;
}

if (args is not ([] or ["--root", _]))
{
    Console.Error.WriteLine(
        $"update-engine: \"{string.Join(' ', args)}\" is not understood. See `update-engine --help`."
    );
    return (int)ExitCode.Usage;
}

try
{
    var host = EngineHost.Open(args is [_, var root] ? root : "/", TimeProvider.System);
    await DaemonHost.RunAsync(host);
    return 0;
}
catch (Exception e)
{
    var fault = Faults.From(e);
    Console.Error.WriteLine($"update-engine: {fault.Message} {fault.NextStep}".TrimEnd());
    return (int)fault.Code.Exit;
}
