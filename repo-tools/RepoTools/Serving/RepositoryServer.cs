using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Net.Http.Headers;
using RepoTools.Publishing;
using UpdateEngine;

namespace RepoTools.Serving;

/// <summary>
/// A static HTTP server for a repository: GET and HEAD with ranges and strong validators, metadata/ and targets/ and nothing else. For trying
/// things out and for small fleets; any other static server does as well.
/// </summary>
internal sealed class RepositoryServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    /// <summary>Without links: what is served must lie below it.</summary>
    private readonly string _root;

    private RepositoryServer(WebApplication app, Workspace workspace) =>
        (_app, _root) = (app, ServedFile.RealPath(workspace.Root));

    /// <summary>http://127.0.0.1:8080</summary>
    public string Url =>
        _app
            .Services.GetRequiredService<IServer>()
            .Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.First();

    /// <param name="endpoint">Port 0 picks a free one.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ListenFailed"/>.</exception>
    public static async Task<RepositoryServer> StartAsync(
        Workspace workspace,
        IPEndPoint endpoint,
        CancellationToken cancel
    )
    {
        // The empty builder: no settings files, environment variables or logging that a directory served from could bring along.
        var builder = WebApplication.CreateEmptyBuilder(
            new WebApplicationOptions { ContentRootPath = Path.GetFullPath(workspace.Root) }
        );
        builder
            .WebHost.UseKestrelCore()
            .ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Listen(endpoint);
            });
        var app = builder.Build();
        var server = new RepositoryServer(app, workspace);
        app.Run(server.AnswerAsync);
        try
        {
            await app.StartAsync(cancel);
            return server;
        }
        catch (IOException e)
        {
            await app.DisposeAsync();
            throw Failed(endpoint, e);
        }
        catch (System.Net.Sockets.SocketException e)
        {
            await app.DisposeAsync();
            throw Failed(endpoint, e);
        }
    }

    /// <summary>Lets running answers finish for a moment, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            context.Response.Headers.Allow = "GET, HEAD";
            return;
        }
        var segments = ServedPath.Parse(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (segments is null || ServedFile.Open(_root, segments) is not { } file)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await using (file)
        {
            ServedRange.Clamp(context.Request);
            // Length and time of the open file itself: a file that is replaced meanwhile is another file.
            var changed = File.GetLastWriteTimeUtc(file.SafeFileHandle);
            var tag = new EntityTagHeaderValue($"\"{file.Length:x}-{changed.Ticks:x}\"");
            await TypedResults
                .Stream(file, TypeOf(segments[^1]), entityTag: tag, enableRangeProcessing: true)
                .ExecuteAsync(context);
        }
    }

    private static string TypeOf(string path) =>
        path.EndsWith(".json", StringComparison.Ordinal) ? "application/json" : "application/octet-stream";

    private static UpdateException Failed(IPEndPoint endpoint, Exception e) =>
        new(
            ErrorCodes.ListenFailed,
            $"Can't listen on {endpoint}: {e.Message.TrimEnd('.')}.",
            "Choose another address with --listen; port 0 picks a free one.",
            e
        );
}
