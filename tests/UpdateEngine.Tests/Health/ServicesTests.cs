using UpdateEngine.Health;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Health;

/// <summary>
/// Against a program that answers as `systemctl show` of systemd 252 does: one paragraph a unit. What it says next lies in a file for each look, the last of
/// which stays.
/// </summary>
public sealed class ServicesTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTime _time = new();
    private int _looks;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Units_that_stay_up_are_well()
    {
        Answer(Up(), Up());
        Assert.Null(await FindAsync("web.service", "db.service"));
    }

    [Fact]
    public async Task A_unit_that_has_settled_after_restarts_is_well()
    {
        Answer(Unit("activating", "auto-restart", restarts: 1));
        Answer(Up(restarts: 2));
        Assert.Null(await FindAsync("web.service"));
    }

    [Theory]
    [InlineData("loaded", "failed", "exit-code", "web.service is failed (exit-code)")]
    [InlineData("not-found", "inactive", "success", "web.service is not-found")]
    [InlineData("masked", "inactive", "success", "web.service is masked")]
    public async Task A_unit_that_will_not_come_up_is_said_at_once(
        string load,
        string active,
        string result,
        string fault
    )
    {
        Answer(Up(), Unit(active, "dead", load, result));
        Assert.Equal(fault, await Services().FindFaultAsync(["db.service", "web.service"], CancellationToken.None));
    }

    [Fact]
    public async Task A_unit_that_crashes_in_a_loop_is_not_well_although_it_runs_at_each_look()
    {
        for (var restarts = 1; restarts < 40; restarts++)
        {
            Answer(Up(restarts));
        }

        Assert.Matches(
            "web.service has been started [0-9]+ times again and does not stay up",
            await FindAsync("web.service")
        );
    }

    [Theory]
    [InlineData("activating", "start")]
    [InlineData("inactive", "dead")]
    public async Task A_unit_that_is_not_up_in_time_is_not_well(string active, string sub)
    {
        Answer(Unit(active, sub));
        Assert.Equal($"web.service is {active} ({sub})", await FindAsync("web.service"));
    }

    [Fact]
    public async Task A_unit_whose_turn_to_start_has_not_come_is_waited_for()
    {
        Answer(Unit("inactive", "dead"));
        Answer(Unit("activating", "start"));
        Answer(Up());
        Assert.Null(await FindAsync("web.service"));
    }

    [Fact]
    public async Task A_systemctl_that_does_not_answer_is_no_good_news()
    {
        Answer();
        var fault = await Assert.ThrowsAsync<IOException>(() => FindAsync("web.service"));
        Assert.Contains("systemctl show ended with exit code 0", fault.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(() =>
            new Services(_directory["nowhere"], _time).FindFaultAsync(["a"], CancellationToken.None)
        );
    }

    private static string Up(int restarts = 0) => Unit("active", "running", restarts: restarts);

    private static string Unit(
        string active,
        string sub,
        string load = "loaded",
        string result = "success",
        int restarts = 0
    ) => $"Result={result}\nNRestarts={restarts}\nLoadState={load}\nActiveState={active}\nSubState={sub}\n";

    private void Answer(params string[] units) => _directory.Write($"answers/{_looks++}", string.Join('\n', units));

    private Services Services()
    {
        _directory.WriteProgram(
            "systemctl",
            $"""
            #!/bin/sh
            [ "$1" = show ] && [ "$3" = -- ] || exit 9
            cd {_directory["answers"]}
            set -- *
            cat "$(ls | sort -n | head -1)"
            [ $# -eq 1 ] || rm "$(ls | sort -n | head -1)"

            """
        );
        return new Services(_directory["systemctl"], _time);
    }

    private async Task<string?> FindAsync(params string[] names)
    {
        using var minute = new CancellationTokenSource(TimeSpan.FromSeconds(30), _time);
        return await _time.RunAsync(Services().FindFaultAsync(names, minute.Token)).WaitAsync(s_patience);
    }
}
