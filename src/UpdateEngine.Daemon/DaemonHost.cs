using System.Net.Sockets;
using System.Text;
using UpdateEngine.Updates;
using EngineHost = UpdateEngine.Updates.Host;

namespace UpdateEngine.Daemon;

/// <summary>The process: one background loop and the local API on its Unix socket.</summary>
internal static class DaemonHost
{
    private const int MaxSocketName = 107;

    public static async Task RunAsync(EngineHost host)
    {
        // The kernel's limit for the name of a socket.
        if (Encoding.UTF8.GetByteCount(host.Paths.Socket) > MaxSocketName)
        {
            throw new UpdateException(
                ErrorCodes.ConfigurationInvalid,
                $"The name of the socket {host.Paths.Socket} is longer than {MaxSocketName} bytes.",
                "Give the host a directory with a shorter name."
            );
        }

        using var onlyOne = DaemonLock.Take(host.Paths);
        // Whatever lies there was left by a daemon that was killed.
        File.Delete(host.Paths.Socket);
        // Settings files are looked for in the content root: not in whatever directory the daemon happens to be started from.
        var builder = WebApplication.CreateSlimBuilder(
            new WebApplicationOptions { ContentRootPath = host.Paths.Runtime }
        );
        builder.WebHost.ConfigureKestrel(server =>
        {
            server.ListenUnixSocket(host.Paths.Socket);
            server.AddServerHeader = false;
            server.Limits.MaxRequestBodySize = LocalApi.MaxBodyBytes;
            server.Limits.MaxConcurrentConnections = LocalApi.MaxConnections;
        });
        // What keeps it from starting is said once, by Program, in a sentence.
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);
        builder.Services.AddSingleton(host);
        builder.Services.AddSingleton(
            new Updater(host, host.Paths.IsSandbox ? new SandboxReboot(host.Paths) : new SystemReboot())
        );
        builder.Services.AddSingleton<MostRecentCommand>();
        builder.Services.AddHostedService<UpdateLoop>();
        await using var app = builder.Build();
        LocalApi.Map(app);
        try
        {
            await app.StartAsync();
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            throw new UpdateException(
                e is SocketException { SocketErrorCode: SocketError.AccessDenied }
                    ? ErrorCodes.NoPermission
                    : ErrorCodes.ListenFailed,
                $"The socket {host.Paths.Socket} can't be opened: {e.Message}.",
                "Run as root, or check the permissions.",
                e
            );
        }

        await app.WaitForShutdownAsync();
        File.Delete(host.Paths.Socket);
    }
}
