using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;
using UpdateEngine.Updates;

namespace UpdateEngine.Terminal;

/// <summary>
/// Runs a command line: one clear sentence and one exit code for whatever goes wrong, a JSON document where --json asks for it, an orderly stop
/// on Ctrl-C and SIGTERM, an immediate one on the second of them. Never a stack trace (set UPDATE_ENGINE_DEBUG=1 to see one in a bug report).
/// </summary>
internal static class CommandHost
{
    private const string Json = "--json";

    // One for each command tree: a shared one would keep every tree that was ever built.
    public static Option<bool> NewJsonOption() =>
        new(Json)
        {
            Description = "Print one JSON document on standard output, whatever the exit code.",
            Recursive = true,
        };

    public static bool IsJson(ParseResult args) => args.GetValue<bool>(Json);

    public static async Task<int> RunAsync(RootCommand root, string[] args)
    {
        root.Options.Add(NewJsonOption());
        var parsed = root.Parse(args);
        var json = args.Contains(Json, StringComparer.Ordinal);
        // Help and completion answer to command lines that are not complete yet.
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
        {
            return Report(UsageError(parsed), json);
        }

        using var stop = new CancellationTokenSource();
        var signal = (int)ExitCode.Done;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c => Stop(c, ExitCode.Interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, c => Stop(c, ExitCode.Terminated));
        Interruption.Stop = stop.Token;
        try
        {
            var configuration = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            };
            return await parsed.InvokeAsync(configuration, stop.Token);
        }
        catch (OperationCanceledException) when (signal != (int)ExitCode.Done)
        {
            var exit = (ExitCode)signal;
            var code = new ErrorCode(exit == ExitCode.Interrupted ? "interrupted" : "terminated", exit);
            return Report(
                new UpdateException(
                    code,
                    "Stopped before the end; nothing half done may boot.",
                    "Run the command again to go on."
                ),
                json
            );
        }
        catch (Exception e)
        {
            return Report(Faults.From(e), json);
        }

        void Stop(PosixSignalContext context, ExitCode code)
        {
            // The first asks for an orderly stop. Whoever sends a second one does not want to wait for that: the system ends the process.
            context.Cancel =
                Interlocked.CompareExchange(ref signal, (int)code, (int)ExitCode.Done) == (int)ExitCode.Done;
            if (context.Cancel)
            {
                stop.Cancel();
            }
        }
    }

    /// <summary>Prints what went wrong, as far as anything can be printed, and returns its exit code.</summary>
    public static int Report(UpdateException fault, bool json)
    {
        Try(() =>
            Console.Error.WriteLine(fault.NextStep is null ? fault.Message : $"{fault.Message} {fault.NextStep}")
        );
        if (Environment.GetEnvironmentVariable("UPDATE_ENGINE_DEBUG") == "1")
        {
            Try(() => Console.Error.WriteLine(fault));
        }

        if (json)
        {
            var error = new ErrorBody(fault.Code.Name, fault.Message, fault.NextStep);
            Try(() => JsonText.Print(new ErrorDocument(error, (int)fault.Code.Exit), ErrorJson.Default.ErrorDocument));
        }
        return (int)fault.Code.Exit;
    }

    private static void Try(Action print)
    {
        try
        {
            print();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UpdateException)
        {
            // Full or closed: nobody reads it. The exit code still says it.
        }
    }

    private static UpdateException UsageError(ParseResult parsed)
    {
        var path = string.Join(' ', Path(parsed.CommandResult));
        // What is wrong with what was said comes before what was not said.
        var wrong = parsed.Errors.FirstOrDefault(e =>
            !e.Message.StartsWith("Required command", StringComparison.Ordinal)
        );
        var reason =
            parsed.UnmatchedTokens.Count > 0 ? $"\"{parsed.UnmatchedTokens[0]}\" is no command or option of it"
            : wrong is null ? "say which command"
            : wrong.Message.TrimEnd('.');
        return new UpdateException(ErrorCodes.Usage, $"{path}: {reason}.", $"See `{path} --help`.");
    }

    private static IEnumerable<string> Path(System.CommandLine.Parsing.CommandResult command) =>
        (command.Parent is System.CommandLine.Parsing.CommandResult parent ? Path(parent) : []).Append(
            command.Command.Name
        );
}

internal sealed record ErrorBody(string Code, string Message, string? NextStep);

internal sealed record ErrorDocument(ErrorBody Error, int ExitCode);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(ErrorDocument))]
internal sealed partial class ErrorJson : JsonSerializerContext;
