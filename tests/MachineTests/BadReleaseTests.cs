namespace MachineTests;

/// <summary>Releases whose gate says no.</summary>
public sealed class BadReleaseTests(Workshop workshop)
{
    private static readonly Release s_failing = new(
        "1.4.0",
        Checks: Check("40-database", "echo no table users; exit 1")
    );

    // It is started anew each time it ends, as a service manager would.
    private static readonly Release s_crashing = new(
        "1.5.0",
        BeforeGate: "(while true; do sh -c 'echo $$ >/run/service.pid; sleep 0.2; exit 3'; done) &",
        Checks: Check(
            "50-service",
            "first=$(cat /run/service.pid); sleep 2; [ \"$first\" = \"$(cat /run/service.pid)\" ] || { echo the service crashes in a loop; exit 1; }"
        )
    );

    [Fact]
    public async Task A_failing_health_check_sends_the_host_back_and_the_release_is_not_tried_again()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, s_failing);
        await scenario.PrepareAndActivateAsync("1.4.0");
        scenario.Restart();

        Assert.Equal(74, await scenario.Machine.BootsAsync("1.4.0"));
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));

        await scenario.RunsAsync("1.0.0", "A");
        Assert.Equal(new Flags(0, 0, 0), await Flags.OfAsync(scenario.Disk, "B"));
        await scenario.RemembersAsync(
            "slot B with 1.4.0 is not healthy: health check 40-database ended with exit code 1 (\"no table users\"); going back to slot A"
        );
        var evidence = await scenario.Machine.MustAsync("updatectl history --evidence");
        Assert.Contains("== 40-database ended with exit code 1", evidence, StringComparison.Ordinal);
        Assert.Matches(@"== the kernel(\s+<\d>\[ *\d+\.\d+\] .+)+", evidence);
        await scenario.DeniesAsync("1.4.0");
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task Two_failing_releases_in_a_row_are_both_left()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, s_failing, s_crashing);
        foreach (var version in (string[])["1.4.0", "1.5.0"])
        {
            await scenario.PrepareAndActivateAsync(version);
            scenario.Restart();
            Assert.Equal(74, await scenario.Machine.BootsAsync(version));
            Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        }

        await scenario.RunsAsync("1.0.0", "A");
        await scenario.RemembersAsync("no table users", "the service crashes in a loop");
        await scenario.DeniesAsync("1.4.0");
        await scenario.DeniesAsync("1.5.0");
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task A_root_that_dm_verity_does_not_guard_is_left()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, new Release("1.13.0") { HasNoVerity = true });
        await scenario.PrepareAndActivateAsync("1.13.0");
        scenario.Restart();
        Assert.Equal(74, await scenario.Machine.BootsAsync("1.13.0"));
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));

        await scenario.RemembersAsync(
            "slot B with 1.13.0 is not healthy: health check verity failed: the root does not lie on a dm-verity device"
        );
        await scenario.DeniesAsync("1.13.0");
    }

    private static Dictionary<string, string> Check(string name, string lines) =>
        new(StringComparer.Ordinal) { [name] = lines };
}
