namespace MachineTests;

/// <summary>The plug is pulled in the middle of a step.</summary>
public sealed class PowerCutTests(Workshop workshop)
{
    private static readonly Release s_slowGate = new(
        "1.10.0",
        Checks: new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["10-slow"] = "echo the check runs >/dev/console; sleep 3",
        }
    );

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task In_the_middle_of_prepare_the_old_slot_boots_and_prepare_goes_on()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, new Release("1.1.0"));
        scenario.Machine.Type("updatectl prepare --pin 1.1.0 2>&1 | cat");
        await scenario.Machine.SaysAsync("root image");
        await scenario.CutPowerAsync();

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        await scenario.RunsAsync("1.0.0", "A");
        Assert.Equal(new Flags(0, 0, 0), await Flags.OfAsync(scenario.Disk, "B"));

        await scenario.PrepareAndActivateAsync("1.1.0");
        scenario.Restart();
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.1.0"));
        await scenario.RunsAsync("1.1.0", "B");
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task In_the_middle_of_activate_one_of_the_two_slots_boots()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, await workshop.PreparedAsync());
        scenario.Machine.Type("updatectl activate 2>&1 | cat");
        await scenario.Machine.SaysAsync("checking again");
        await scenario.CutPowerAsync();

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        await scenario.RunsAsync("1.0.0", "A");
        await scenario.Machine.MustAsync("updatectl activate");
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task In_the_first_boot_and_in_its_gate_nothing_is_held_against_the_release()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, s_slowGate);
        await scenario.PrepareAndActivateAsync("1.10.0");
        scenario.Restart();
        await scenario.Machine.SaysAsync("slot B of /dev/vda boots .priority 2, tries 2");
        await scenario.CutPowerAsync();
        await scenario.Machine.SaysAsync("slot B of /dev/vda boots .priority 2, tries 1");
        await scenario.Machine.SaysAsync("the check runs");
        await scenario.CutPowerAsync();

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.10.0"));
        await scenario.RunsAsync("1.10.0", "B");
        Assert.Equal(new Flags(2, 0, 1), await Flags.OfAsync(scenario.Disk, "B"));
        var history = await scenario.Machine.MustAsync("updatectl history");
        Assert.DoesNotContain("boot-failed", history, StringComparison.Ordinal);
    }
}
