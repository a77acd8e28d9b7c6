namespace MachineTests;

/// <summary>Images that were signed as they are, and can't run.</summary>
public sealed class BadImageTests(Workshop workshop)
{
    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public Task A_root_with_a_flipped_block_is_not_run() =>
        LostTrial.ComesBackAsync(
            workshop,
            new Release("1.8.0") { HasFlippedBlock = true },
            "device corrupted|dm-verity"
        );

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task An_empty_boot_partition_costs_no_boot()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, new Release("1.9.0") { HasEmptyBoot = true });
        await scenario.PrepareAndActivateAsync("1.9.0");
        scenario.Restart();

        await scenario.Machine.SaysAsync(@"Slot B can't be loaded: its boot partition has no file vmlinuz\.");
        await scenario.Machine.SaysAsync("slot A of /dev/vda boots");
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));

        await LostTrial.EndsAsync(scenario, "1.9.0");
    }
}
