using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace SystemTests.Harness;

/// <summary>What a program answered.</summary>
internal sealed record RunResult(string CommandLine, int Code, string Out, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>This exit code, or a failure that shows everything it said.</summary>
    public RunResult Expect(int code)
    {
        Assert.True(Code == code, $"expected exit code {code}\n{this}");
        return this;
    }

    public override string ToString() => $"$ {CommandLine}\nexit code {Code}\nstdout: {Out}\nstderr: {Error}";
}

/// <summary>A program that was started. It is killed, with what it started, when it is disposed of while it still runs.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    public const int Interrupt = 2;
    public const int Kill = 9;
    public const int Terminate = 15;

    /// <summary>Nothing here takes as long; a program that does hangs.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Task _output;
    private readonly Task _error;
    private readonly StringBuilder _outText = new();
    private readonly StringBuilder _errorText = new();
    private readonly string _commandLine;
    private bool _disposed;

    private RunningProgram(string program, IReadOnlyList<string> args, IReadOnlyDictionary<string, string>? environment)
    {
        _commandLine = $"{Path.GetFileName(program)} {string.Join(' ', args)}";
        // A shell that runs the tests in its background has SIGINT ignored, and what is ignored is inherited.
        var info = new ProcessStartInfo("env", ["--default-signal=INT", program, .. args])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            info.Environment[name] = value;
        }

        _process = Process.Start(info)!;
        _process.StandardInput.Close();
        _output = CollectAsync(_process.StandardOutput, _outText);
        _error = CollectAsync(_process.StandardError, _errorText);
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has said on standard error up to now.</summary>
    public string Error
    {
        get
        {
            lock (_errorText)
            {
                return _errorText.ToString();
            }
        }
    }

    public static RunningProgram Start(string program, params string[] args) => new(program, args, null);

    public static RunningProgram Start(
        IReadOnlyDictionary<string, string> environment,
        string program,
        params string[] args
    ) => new(program, args, environment);

    public static async Task<RunResult> RunAsync(string program, params string[] args)
    {
        await using var running = Start(program, args);
        return await running.EndAsync();
    }

    public void Signal(int number)
    {
        // It may have ended on its own a moment ago.
        _ = kill(_process.Id, number);
    }

    /// <summary>Waits for its end; one that does not come is a failure.</summary>
    public async Task<RunResult> EndAsync(TimeSpan? longest = null)
    {
        using var deadline = new CancellationTokenSource(longest ?? s_longest);
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
            await Task.WhenAll(_output, _error).WaitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"`{_commandLine}` did not end within {longest ?? s_longest}; it said: {Error}");
        }

        // A signal's number comes as 128 + n.
        return new RunResult(_commandLine, _process.ExitCode, _outText.ToString(), Error);
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static async Task CollectAsync(StreamReader reader, StringBuilder text)
    {
        var chunk = new char[4096];
        int count;
        while ((count = await reader.ReadAsync(chunk)) > 0)
        {
            lock (text)
            {
                text.Append(chunk, 0, count);
            }
        }
    }

    [LibraryImport("libc.so.6")]
    private static partial int kill(int process, int signal);
}
