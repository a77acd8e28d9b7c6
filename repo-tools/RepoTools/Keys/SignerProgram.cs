using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>Runs a signer program: bounded in time and in what it may print.</summary>
internal sealed class SignerProgram
{
    // In characters: the longest signature and the longest key have some thousand.
    private const int MaxOutput = 64 * 1024;
    private const int MaxReason = 500;

    private readonly string[] _words;
    private readonly TimeSpan _timeout;

    /// <param name="command">The program, by its path or found in PATH, and its arguments. Quotes hold words together.</param>
    /// <param name="timeout">Of one run.</param>
    public SignerProgram(string command, TimeSpan timeout)
    {
        Command = command;
        _timeout = timeout;
        _words = [.. CommandWords.Split(command)];
        if (_words is [])
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                "\"exec:\" names no program.",
                "Write \"exec:/path/to/program ARGUMENTS\"."
            );
        }
    }

    public string Command { get; }

    /// <summary>What the program printed.</summary>
    public string Run(string verb, ReadOnlySpan<byte> input)
    {
        using var process = Start(verb);
        using var stop = new CancellationTokenSource(_timeout);
        try
        {
            return RunAsync(process, verb, input.ToArray(), stop.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            throw Failed(verb, $"did not end within {_timeout.TotalSeconds:0} s and was stopped");
        }
        finally
        {
            // Whatever went wrong: nothing of it goes on signing behind our back.
            Stop(process);
        }
    }

    private async Task<string> RunAsync(Process process, string verb, byte[] input, CancellationToken stop)
    {
        var output = ReadAsync(process.StandardOutput, stop);
        // To its end, however long: a program that can't go on complaining would not end.
        var error = ReadAsync(process.StandardError, stop, keepsReading: true);
        await WriteAsync(process, input, stop).ConfigureAwait(false);
        var printed = await output.ConfigureAwait(false);
        if (printed is null)
        {
            throw Failed(verb, $"printed more than {MaxOutput} characters");
        }

        await process.WaitForExitAsync(stop).ConfigureAwait(false);
        var said = (await error.ConfigureAwait(false))!.Trim();
        return process.ExitCode == 0 ? printed : throw Refused(verb, process.ExitCode, said);
    }

    private Process Start(string verb)
    {
        var info = new ProcessStartInfo(_words[0], [.. _words[1..], verb])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception error)
        {
            throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"The signer program {_words[0]} can't be started: {error.Message}.",
                "Check its path, and that it may be executed.",
                error
            );
        }
    }

    private static async Task WriteAsync(Process process, byte[] input, CancellationToken stop)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, stop).ConfigureAwait(false);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything: its exit code says why.
        }
    }

    /// <summary>Null when there is more than may be, unless the rest is only to be read and forgotten.</summary>
    private static async Task<string?> ReadAsync(StreamReader reader, CancellationToken stop, bool keepsReading = false)
    {
        var text = new StringBuilder();
        var buffer = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(buffer, stop).ConfigureAwait(false)) > 0)
        {
            if (text.Length + count <= MaxOutput)
            {
                text.Append(buffer, 0, count);
            }
            else if (!keepsReading)
            {
                return null;
            }
        }

        return text.ToString();
    }

    private static void Stop(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended, as it should.
        }
    }

    private UpdateException Refused(string verb, int exitCode, string said) =>
        new(
            ErrorCodes.KeyUnusable,
            $"\"{Command} {verb}\" refused with exit code {exitCode}: {Reason(said)}",
            "Nothing was signed."
        );

    private UpdateException Failed(string verb, string how) =>
        new(ErrorCodes.KeyUnusable, $"\"{Command} {verb}\" {how}.", "Nothing was signed.");

    private static string Reason(string said)
    {
        var text = said.Length == 0 ? "it gave no reason" : said.ReplaceLineEndings(" ");
        return (text.Length > MaxReason ? text[..MaxReason] + "..." : text).TrimEnd('.') + ".";
    }
}
