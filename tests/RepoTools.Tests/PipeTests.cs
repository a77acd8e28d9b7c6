using System.Diagnostics;
using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using UpdateEngine.Terminal;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Pipes in the place of files: keys that another program decrypts, and programs that never write.</summary>
public sealed class PipeTests
{
    /// <summary>In milliseconds: a wait that does not end is a failure.</summary>
    private const int Hanging = 60_000;

    private static readonly string[] s_endedBySystem = ["130", "143"];

    [Fact]
    public async Task A_key_and_a_target_may_come_out_of_pipes()
    {
        using var repository = await TestRepository.CreateAsync();
        File.WriteAllText(repository.Of("hello.txt"), "hello");
        const string Script = """
            "$0" target add "$1" <(cat "$2/hello.txt") --name hello.txt &&
            "$0" publish "$1" --targets-key <(cat "$2/targets.pem") --snapshot-key "$2/snapshot.pem" --timestamp-key "$2/timestamp.pem" &&
            "$0" download "$1" hello.txt --to "$2/inbox"
            """;

        var result = await Tool.WitnessAsync("bash", "-c", Script, Tool.Program, repository.Path, repository.Of("."));

        Assert.True(result.Code == 0, result.Error);
        Assert.Equal("hello", File.ReadAllText(repository.Of("inbox/hello.txt")));
    }

    [Theory(Timeout = Hanging)]
    [InlineData("INT", 130, "root", "show", "PIPE")]
    [InlineData("TERM", 143, "key", "show", "PIPE")]
    [InlineData("INT", 130, "target", "add", "REPO", "PIPE", "--name", "a")]
    [InlineData("TERM", 143, "target", "add", "REPO", "PIPE", "--name", "a", "--dry-run")]
    public async Task A_signal_ends_the_wait_for_a_pipe_and_nothing_is_half_done(
        string signal,
        int code,
        params string[] command
    )
    {
        using var repository = await TestRepository.CreateAsync();
        var before = FileTree.Of(repository.Path);
        var pipe = repository.Of("pipe");
        await Tool.WitnessAsync("mkfifo", pipe);
        using var tool = Start([
            .. command.Select(w =>
                w == "PIPE" ? pipe
                : w == "REPO" ? repository.Path
                : w
            ),
        ]);
        // Opens as soon as the program has opened its end; nothing is ever written.
        await using var writer = await OpenAsync(pipe);

        await Tool.WitnessAsync("kill", $"-{signal}", $"{tool.Id}");
        var said = await tool.StandardError.ReadToEndAsync();
        await tool.WaitForExitAsync();

        Assert.Equal(code, tool.ExitCode);
        Assert.StartsWith("Stopped", said, StringComparison.Ordinal);
        Assert.Equal(before, FileTree.Of(repository.Path));
    }

    [Fact(Timeout = Hanging)]
    public async Task A_pipe_that_nobody_opens_does_not_hold_a_command_that_is_to_stop()
    {
        using var directory = new TempDirectory();
        var pipe = directory.Of("pipe");
        await Tool.WitnessAsync("mkfifo", pipe);
        using var stop = new CancellationTokenSource();
        Interruption.Stop = stop.Token;
        var reading = Task.Run(() => KeyFiles.Read(pipe));

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        // The thread that waits for a writer goes, too. Read and write at once is the way to open a pipe that waits for nobody.
        await using var both = new FileStream(pipe, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
    }

    [Fact(Timeout = Hanging)]
    public async Task A_second_signal_ends_what_the_first_did_not()
    {
        using var directory = new TempDirectory();
        var pipe = directory.Of("pipe");
        await Tool.WitnessAsync("mkfifo", pipe);
        // Its key program neither answers nor ends: the first signal waits for it.
        using var tool = Start(["key", "show", $"exec:sh -c 'exec 1>&2; read line < {pipe}' --"]);
        await using var writer = await OpenAsync(pipe);

        await Tool.WitnessAsync("kill", "-INT", $"{tool.Id}");
        await Tool.WitnessAsync("kill", "-TERM", $"{tool.Id}");
        await tool.WaitForExitAsync();

        Assert.Contains($"{tool.ExitCode}", s_endedBySystem);
        writer.Close();
        Assert.Empty(await tool.StandardError.ReadToEndAsync());
    }

    private static Process Start(string[] args) =>
        Process.Start(
            // A shell that runs the tests in its background has SIGINT ignored, and what is ignored is inherited.
            new ProcessStartInfo("env", ["--default-signal=INT", Tool.Program, .. args])
            {
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;

    private static Task<FileStream> OpenAsync(string pipe) =>
        Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write, FileShare.ReadWrite));
}
