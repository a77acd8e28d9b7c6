namespace MachineTests;

/// <summary>A release that passes its gate and hangs behind it.</summary>
public sealed class GuardTests(Workshop workshop)
{
    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task A_guarded_slot_that_hangs_behind_its_gate_each_time_is_left()
    {
        await using var scenario = await Scenario.BeginAsync(
            workshop,
            new Release("1.11.0", AfterGate: "echo demo: hangs; sleep 100000") { GuardTries = 2 }
        );
        await scenario.PrepareAndActivateAsync("1.11.0");
        scenario.Restart();
        for (var left = 2; left >= 0; left--)
        {
            await scenario.Machine.SaysAsync($"slot B of /dev/vda boots .priority 2, tries {left}, successful 0");
            await scenario.Machine.SaysAsync("is good: the engine.s own checks passed");
            await scenario.Machine.SaysAsync("demo: hangs");
            await scenario.CutPowerAsync();
        }

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        await scenario.RunsAsync("1.0.0", "A");
        await scenario.RemembersAsync("slot B with 1.11.0 was good and used up its tries later");
        await scenario.DeniesAsync("1.11.0");
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task A_guarded_slot_that_goes_down_in_good_order_keeps_its_tries()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, new Release("1.12.0") { GuardTries = 2 });
        await scenario.PrepareAndActivateAsync("1.12.0");
        scenario.Restart();
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.12.0"));
        Assert.Equal(new Flags(2, 2, 0), await Flags.OfAsync(scenario.Disk, "B"));

        for (var boot = 0; boot < 3; boot++)
        {
            scenario.Restart();
            await scenario.Machine.SaysAsync("slot B of /dev/vda boots .priority 2, tries 1, successful 0");
            Assert.Equal(0, await scenario.Machine.BootsAsync("1.12.0"));
        }
    }
}
