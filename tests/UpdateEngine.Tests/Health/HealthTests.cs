using UpdateEngine.Disks;
using UpdateEngine.Health;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Health;

public sealed class HealthTests : IDisposable
{
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", FailureClass.Image, null)]
    [InlineData("# class: config", FailureClass.Config, null)]
    [InlineData("#class:Environment", FailureClass.Environment, null)]
    [InlineData("## Class: image", FailureClass.Image, null)]
    [InlineData("# class: nonsense", FailureClass.Image, null)]
    [InlineData("# class: 2", FailureClass.Image, null)]
    [InlineData("# class: config,environment", FailureClass.Image, null)]
    [InlineData("class: config", FailureClass.Image, null)]
    [InlineData("# timeout: 90s\n# class: config", FailureClass.Config, 90)]
    [InlineData("# timeout: 2m", FailureClass.Image, 120)]
    [InlineData("# timeout: 0s", FailureClass.Image, null)]
    [InlineData("# timeout: soon", FailureClass.Image, null)]
    [InlineData("# timeout: 999999999d", FailureClass.Image, null)]
    [InlineData("\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n\n# class: config", FailureClass.Image, null)]
    public void A_check_says_its_class_and_timeout_in_its_head(string head, FailureClass expected, int? seconds)
    {
        Add("check", "#!/bin/sh\n" + head + "\n");
        var check = Assert.Single(Find());
        Assert.Equal((expected, seconds), (check.Class, (int?)check.Timeout?.TotalSeconds));
    }

    [Fact]
    public void Checks_are_found_in_the_order_of_their_names_and_hidden_files_are_none()
    {
        foreach (var name in (string[])["20-b", "10-a", ".hidden", "B", "a"])
        {
            Add(name, "");
        }

        Directory.CreateDirectory(_directory["required/directory"]);
        Assert.Equal(["10-a", "20-b", "B", "a"], Find().Select(c => c.Name));
    }

    [Fact]
    public async Task A_check_that_somebody_is_writing_is_started_when_it_is_written()
    {
        Add("check", "#!/bin/sh\nexit 0\n");
        Task<HealthReport> running;
        await using (new FileStream(_directory["required/check"], FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            running = RunAsync();
            Assert.False(running.IsCompleted);
        }

        Assert.Null(Assert.Single((await running).Outcomes).Failure);
    }

    [Theory]
    [InlineData("exit 0", null, "")]
    [InlineData("echo all well", null, "all well")]
    [InlineData("echo out; echo err >&2; exit 3", "ended with exit code 3", null)]
    [InlineData("kill -9 $$", "ended with exit code 137", "")]
    [InlineData("cat", null, "")] // standard input is empty
    public async Task The_exit_code_decides(string script, string? failure, string? output)
    {
        Add("check", "#!/bin/sh\n" + script + "\n");
        var outcome = Assert.Single((await RunAsync()).Outcomes);
        Assert.Equal(failure, outcome.Failure);
        Assert.Equal(output ?? outcome.Output, outcome.Output);
    }

    [Fact]
    public async Task A_check_that_cannot_be_started_failed_by_its_configuration()
    {
        _directory.Write("required/check", "#!/bin/sh\n");
        var outcome = Assert.Single((await RunAsync()).Failures);
        Assert.StartsWith("could not be started: ", outcome.Failure, StringComparison.Ordinal);
        Assert.Equal(FailureClass.Config, outcome.Check.Class);
    }

    [Fact]
    public async Task Checks_learn_what_they_judge()
    {
        Add("check", "#!/bin/sh\necho $UPDATE_ENGINE_SLOT $UPDATE_ENGINE_VERSION\n");
        Assert.Equal("B 1.2.0", Assert.Single((await RunAsync()).Outcomes).Output);
    }

    [Fact]
    public async Task Endless_output_stays_bounded_and_its_end_is_kept()
    {
        Add("check", "#!/bin/sh\nyes noise 2>/dev/null | head -c 5000000; echo the end\n");
        var outcome = Assert.Single((await RunAsync()).Outcomes);
        Assert.InRange(outcome.Output.Length, 1, HealthRunner.MaxOutput);
        Assert.EndsWith("the end", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sleep 1000 & echo $! > $OUT; wait")] // a child
    [InlineData("(sleep 1000 & echo $! > $OUT; wait) & wait")] // a grandchild
    [InlineData("sleep 1000 & echo $! > $OUT; exit 0")] // left behind, with the output open
    [InlineData("setsid sleep 1000 & echo $! > $OUT; exit 0")] // and in a session of its own
    public async Task A_check_that_overruns_is_killed_with_everything_it_started(string script)
    {
        var pidFile = _directory["pid"];
        Add("check", $"#!/bin/sh\nOUT={pidFile}\n{script}\n");
        var running = RunAsync();
        for (var tries = 0; !File.Exists(pidFile) || new FileInfo(pidFile).Length == 0; tries++)
        {
            Assert.True(tries < 6000, "the check did not start");
            await Task.Delay(5);
        }

        _time.Advance(s_minute);
        var outcome = Assert.Single((await running.WaitAsync(s_patience)).Outcomes);
        Assert.Equal("was still running after 1 min and was killed", outcome.Failure);
        var child = $"/proc/{File.ReadAllText(pidFile).Trim()}";
        for (var tries = 0; tries < 1000 && Directory.Exists(child) && !IsZombie(child); tries++)
        {
            await Task.Delay(5);
        }

        Assert.True(!Directory.Exists(child) || IsZombie(child), $"{child} still runs");
    }

    [Fact]
    public async Task Required_checks_run_first_and_the_deadline_counts_for_all()
    {
        Add("10-slow", "#!/bin/sh\n# timeout: 5m\nsleep 1000\n");
        Add("20-after", "#!/bin/sh\n");
        Add("00-wanted", "#!/bin/sh\n", "wanted");
        var report = await _time.RunAsync(RunAsync(deadline: TimeSpan.FromMinutes(2))).WaitAsync(s_patience);
        Assert.Equal(["10-slow", "20-after", "00-wanted"], report.Outcomes.Select(o => o.Check.Name));
        Assert.Equal(
            [
                "was still running after 2 min and was killed",
                "was not run: the deadline of 2 min for all checks had passed",
                "was not run: the deadline of 2 min for all checks had passed",
            ],
            report.Outcomes.Select(o => o.Failure)
        );
        Assert.Equal(["10-slow", "20-after"], report.Failures.Select(o => o.Check.Name));
        Assert.Equal(["00-wanted"], report.Warnings.Select(o => o.Check.Name));
    }

    [Fact]
    public async Task Stopping_ends_a_running_check()
    {
        Add("check", "#!/bin/sh\nsleep 1000\n");
        using var stop = new CancellationTokenSource();
        var running = RunAsync(stop: stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(s_patience));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("the tap drips", "failed: the tap drips")]
    public async Task A_check_of_our_own_says_what_is_wrong(string? fault, string? failure) =>
        Assert.Equal(failure, (await RunAsync(_ => Task.FromResult(fault))).Failure);

    [Fact]
    public async Task A_check_of_our_own_that_is_interrupted_gives_no_verdict()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync(
            async token =>
            {
                await stop.CancelAsync();
                return "not up yet";
            },
            stop.Token
        );
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(s_patience));
    }

    [Fact]
    public async Task A_check_of_our_own_has_its_time_too()
    {
        var running = RunAsync(async stop =>
        {
            await Task.Delay(Timeout.Infinite, stop);
            return null;
        });
        _time.Advance(s_minute);
        Assert.Equal("came to no end within 1 min", (await running.WaitAsync(s_patience)).Failure);
    }

    [Theory]
    [InlineData(false, true, "", Verdict.Good, false)]
    [InlineData(true, false, "", Verdict.Good, false)]
    [InlineData(false, true, "image", Verdict.RollBack, true)]
    [InlineData(false, true, "config", Verdict.RollBack, false)]
    [InlineData(false, true, "environment", Verdict.RollBack, false)]
    [InlineData(false, true, "config image", Verdict.RollBack, true)] // one image's fault is enough
    [InlineData(true, true, "image", Verdict.Degraded, false)] // was good before
    [InlineData(false, false, "image", Verdict.Degraded, false)] // nowhere to go
    [InlineData(false, true, "wanted", Verdict.Good, false)]
    public void A_boot_is_judged_by_flags_way_out_and_failures(
        bool successful,
        bool otherSelectable,
        string failures,
        Verdict verdict,
        bool forGood
    )
    {
        var outcomes = failures
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(f => Failure(f == "wanted" ? "image" : f, required: f != "wanted"));
        var flags = new BootFlags(2, 1, successful);
        var judgement = BootJudge.Judge(flags, otherSelectable, new HealthReport([.. outcomes]), s_minute);
        Assert.Equal(verdict, judgement.Verdict);
        Assert.Equal(verdict == Verdict.RollBack && !forGood ? s_minute : null, judgement.DenyFor);
    }

    private static HealthOutcome Failure(string kind, bool required) =>
        new(new ProgramCheck("/c", required, Enum.Parse<FailureClass>(kind, true), null), "failed", "", TimeSpan.Zero);

    private static bool IsZombie(string process)
    {
        try
        {
            return File.ReadAllText(process + "/stat").Contains(") Z ", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return true;
        }
    }

    private void Add(string name, string script, string directory = "required") =>
        _directory.WriteProgram($"{directory}/{name}", script);

    private IReadOnlyList<HealthCheck> Find() =>
        ProgramCheck.Find([(_directory["wanted"], false), (_directory["required"], true)]);

    private async Task<HealthOutcome> RunAsync(
        Func<CancellationToken, Task<string?>> findFault,
        CancellationToken stop = default
    )
    {
        var check = new BuiltInCheck("tap", true, FailureClass.Image, null, findFault);
        var runner = new HealthRunner(_time, 5 * s_minute, s_minute);
        var report = await runner.RunAsync([check], new Dictionary<string, string>(), null, stop);
        return Assert.Single(report.Outcomes);
    }

    private Task<HealthReport> RunAsync(TimeSpan? deadline = null, CancellationToken stop = default)
    {
        var environment = new Dictionary<string, string>
        {
            ["UPDATE_ENGINE_SLOT"] = "B",
            ["UPDATE_ENGINE_VERSION"] = "1.2.0",
        };
        return new HealthRunner(_time, deadline ?? 5 * s_minute, s_minute).RunAsync(Find(), environment, null, stop);
    }
}
