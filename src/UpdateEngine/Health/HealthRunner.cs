using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace UpdateEngine.Health;

/// <param name="Failure">null when the check passed; otherwise why it did not, as a clause.</param>
/// <param name="Output">The end of what it printed, at most <see cref="HealthRunner.MaxOutput"/> characters.</param>
public sealed record HealthOutcome(HealthCheck Check, string? Failure, string Output, TimeSpan Took);

public sealed record HealthReport(IReadOnlyList<HealthOutcome> Outcomes)
{
    public IEnumerable<HealthOutcome> Failures => Outcomes.Where(o => o.Failure is not null && o.Check.Required);
    public IEnumerable<HealthOutcome> Warnings => Outcomes.Where(o => o.Failure is not null && !o.Check.Required);
}

/// <summary>
/// Runs health checks one after the other, each within its timeout and all within one deadline. A check that overruns is killed with everything
/// it started. Checks get UPDATE_ENGINE_SLOT, UPDATE_ENGINE_VERSION and UPDATE_ENGINE_ROOT.
/// </summary>
public sealed class HealthRunner(TimeProvider time, TimeSpan deadline, TimeSpan checkTimeout)
{
    public const int MaxOutput = 4096;

    public async Task<HealthReport> RunAsync(
        IReadOnlyList<HealthCheck> checks,
        IReadOnlyDictionary<string, string> environment,
        Action<HealthOutcome>? report,
        CancellationToken stop
    )
    {
        var started = time.GetTimestamp();
        var outcomes = new List<HealthOutcome>();
        // Required checks first: a wanted check that hangs must not use up their time.
        foreach (var check in checks.OrderBy(c => !c.Required))
        {
            var left = deadline - time.GetElapsedTime(started);
            var outcome =
                left <= TimeSpan.Zero
                    ? new HealthOutcome(
                        check,
                        $"was not run: the deadline of {Times.Span(deadline)} for all checks had passed",
                        "",
                        TimeSpan.Zero
                    )
                    : await RunAsync(check, environment, Min(left, check.Timeout ?? checkTimeout), stop);
            outcomes.Add(outcome);
            report?.Invoke(outcome);
        }
        return new HealthReport(outcomes);
    }

    private Task<HealthOutcome> RunAsync(
        HealthCheck check,
        IReadOnlyDictionary<string, string> environment,
        TimeSpan limit,
        CancellationToken stop
    ) =>
        check switch
        {
            BuiltInCheck own => RunAsync(own, limit, stop),
            ProgramCheck program => RunAsync(program, environment, limit, stop),
            _ => throw new ArgumentException($"Nobody knows how to run {check}.", nameof(check)),
        };

    private async Task<HealthOutcome> RunAsync(BuiltInCheck check, TimeSpan limit, CancellationToken stop)
    {
        var started = time.GetTimestamp();
        using var expiry = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, expiry.Token);
        string? failure;
        try
        {
            failure = await check.FindFault(either.Token) is { } fault ? $"failed: {fault}" : null;
        }
        catch (OperationCanceledException)
        {
            failure = $"came to no end within {Times.Span(limit)}";
        }

        // Who was interrupted says nothing about the host.
        stop.ThrowIfCancellationRequested();

        return new HealthOutcome(check, failure, "", time.GetElapsedTime(started));
    }

    private async Task<HealthOutcome> RunAsync(
        ProgramCheck check,
        IReadOnlyDictionary<string, string> environment,
        TimeSpan limit,
        CancellationToken stop
    )
    {
        var started = time.GetTimestamp();
        var output = new Tail();
        using var process = new Process { StartInfo = StartInfo(check, environment) };
        try
        {
            await StartAsync(process, stop);
        }
        catch (Win32Exception e)
        {
            // Not executable, or no such interpreter: nothing that the image's content would tell.
            return new HealthOutcome(
                check with
                {
                    Class = FailureClass.Config,
                },
                $"could not be started: {e.Message}",
                "",
                TimeSpan.Zero
            );
        }
        process.StandardInput.Close();
        var failure = await WaitAsync(process, output, limit, stop);
        return new HealthOutcome(check, failure, output.ToString(), time.GetElapsedTime(started));
    }

    /// <summary>
    /// A program that somebody has open for writing can't be started (ETXTBSY, execve(2)): it is being written at this moment, or a process that was just
    /// forked by the writer has not let go of it yet. That says nothing about the host, and it passes.
    /// </summary>
    private static async Task StartAsync(Process process, CancellationToken stop)
    {
        const int TextFileBusy = 26; // errno
        const int Attempts = 50;
        // The kernel's time, whatever clock the checks are timed by.
        var pause = TimeSpan.FromMilliseconds(20);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                process.Start();
                return;
            }
            catch (Win32Exception e) when (e.NativeErrorCode == TextFileBusy && attempt < Attempts)
            {
                await Task.Delay(pause, TimeProvider.System, stop);
            }
        }
    }

    private async Task<string?> WaitAsync(Process process, Tail output, TimeSpan limit, CancellationToken stop)
    {
        using var expiry = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, expiry.Token);
        try
        {
            await Task.WhenAll(
                output.FillAsync(process.StandardOutput, either.Token),
                output.FillAsync(process.StandardError, either.Token),
                process.WaitForExitAsync(either.Token)
            );
            return process.ExitCode == 0 ? null : $"ended with exit code {process.ExitCode}";
        }
        catch (OperationCanceledException)
        {
            // A child that keeps the output open also keeps us waiting although the check itself has ended: that is an overrun too.
            KillTree(process);
            ProcessFamily.Kill(process.StartInfo.Environment[ProcessFamily.Variable]!);
            stop.ThrowIfCancellationRequested();
            return $"was still running after {Times.Span(limit)} and was killed";
        }
    }

    private static void KillTree(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception or AggregateException)
        {
            // One of them has ended meanwhile, or is not ours to kill: the verdict does not depend on it.
        }
    }

    private static ProcessStartInfo StartInfo(ProgramCheck check, IReadOnlyDictionary<string, string> environment)
    {
        var info = new ProcessStartInfo(check.Path)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        foreach (var (name, value) in environment)
        {
            info.Environment[name] = value;
        }

        info.Environment[ProcessFamily.Variable] = Guid.NewGuid().ToString("N");
        return info;
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <summary>The end of a text that may be endless.</summary>
    private sealed class Tail
    {
        private readonly StringBuilder _text = new();

        public async Task FillAsync(StreamReader reader, CancellationToken stop)
        {
            var chunk = new char[MaxOutput];
            int count;
            while ((count = await reader.ReadAsync(chunk, stop)) > 0)
            {
                lock (_text)
                {
                    _text.Append(chunk, 0, count);
                    if (_text.Length > MaxOutput)
                    {
                        _text.Remove(0, _text.Length - MaxOutput);
                    }
                }
            }
        }

        public override string ToString()
        {
            lock (_text)
            {
                return _text.ToString().TrimEnd();
            }
        }
    }
}
