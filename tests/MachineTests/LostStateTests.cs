namespace MachineTests;

/// <summary>What the host knows beside the flags is gone or wrong.</summary>
public sealed class LostStateTests(Workshop workshop)
{
    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task Without_its_private_partition_the_host_boots_and_updates()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, await workshop.UpdatedAsync());
        await scenario.Machine.MustAsync(
            "umount /var/lib/update-engine; dd if=/dev/zero of=$(/bin/findfs PARTLABEL=PRIVATE) bs=1M count=16 conv=fsync 2>/dev/null"
        );
        scenario.Restart();

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.1.0"));
        await scenario.RunsAsync("1.1.0", "B");
        Assert.Equal(new Flags(1, 0, 1), await Flags.OfAsync(scenario.Disk, "A"));
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task With_a_clock_of_1970_and_no_network_time_the_host_updates()
    {
        await using var scenario = await Scenario.SwitchOnAsync(
            workshop,
            [new Release("1.1.0")],
            "-rtc",
            "base=1970-01-01T00:00:00"
        );
        Assert.StartsWith("1970", (await scenario.Machine.MustAsync("date +%Y")).Trim(), StringComparison.Ordinal);

        await scenario.PrepareAndActivateAsync("1.1.0");
        scenario.Restart();

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.1.0"));
        await scenario.RunsAsync("1.1.0", "B");
    }
}
