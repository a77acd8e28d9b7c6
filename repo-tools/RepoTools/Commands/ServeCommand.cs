using System.CommandLine;
using System.Net;
using RepoTools.Publishing;
using RepoTools.Serving;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record ServeAnswer(string Url);

internal sealed class ServeCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<IPEndPoint> _listen = new("--listen")
    {
        Description = "Address and port; port 0 picks a free one.",
        HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => new IPEndPoint(IPAddress.Loopback, 8080),
        CustomParser = result =>
        {
            if (
                IPEndPoint.TryParse(result.Tokens[0].Value, out var endpoint)
                && result.Tokens[0].Value.Contains(':', StringComparison.Ordinal)
            )
            {
                return endpoint;
            }

            result.AddError($"\"{result.Tokens[0].Value}\" is no address like 127.0.0.1:8080 or [::1]:8080");
            return null!;
        },
    };
    private readonly Option<string> _portFile = Inputs.File(
        "--port-file",
        "Where to write the port once the server listens; for scripts."
    );

    public ServeCommand()
        : base(
            "serve",
            "Serve a repository over HTTP until Ctrl-C. Only metadata/ and targets/; any other static server does as well.",
            """
            repo-tools serve repo --listen 127.0.0.1:8080
            repo-tools serve repo --listen 127.0.0.1:0 --port-file /tmp/port
            """
        )
    {
        Add(_directory);
        Add(_listen);
        Add(_portFile);
    }

    protected override async Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = new Workspace(args.GetRequiredValue(_directory));
        // Hosts judge what it serves; a copy without the publisher's own files will do.
        Published.RequireRepository(workspace);
        await using var server = await RepositoryServer.StartAsync(workspace, args.GetRequiredValue(_listen), cancel);
        if (args.GetValue(_portFile) is { } portFile)
        {
            Files.Write(portFile, System.Text.Encoding.ASCII.GetBytes($"{new Uri(server.Url).Port}\n"));
        }

        var code = Answer.Print(
            args,
            new ServeAnswer(server.Url),
            AnswersJson.Default.ServeAnswer,
            $"serving {server.Url}"
        );
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return code;
    }
}
