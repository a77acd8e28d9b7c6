namespace MachineTests;

/// <summary>Releases that never come to their gate: the tries are used up, and the host comes back.</summary>
public sealed class NoVerdictTests(Workshop workshop)
{
    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public Task A_kernel_panic_comes_back() =>
        ComesBackAsync(new Release("1.6.0", BeforeGate: "echo c >/proc/sysrq-trigger"), "Kernel panic");

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public Task A_hang_before_the_gate_is_ended_by_the_watchdog() =>
        ComesBackAsync(
            new Release("1.7.0", BeforeGate: "sleep 100000") { Watchdog = 15 },
            "softdog: Initiating system reboot"
        );

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public Task A_root_with_a_flipped_block_is_not_run() =>
        ComesBackAsync(new Release("1.8.0") { HasFlippedBlock = true }, "device corrupted|dm-verity");

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task An_empty_boot_partition_costs_no_boot()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, new Release("1.9.0") { HasEmptyBoot = true });
        await scenario.PrepareAndActivateAsync("1.9.0");
        scenario.Restart();

        await scenario.Machine.SaysAsync(@"Slot B can't be loaded: its boot partition has no file vmlinuz\.");
        await scenario.Machine.SaysAsync("slot A of /dev/vda boots");
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));

        await EndsWithAAsync(scenario, "1.9.0");
    }

    private async Task ComesBackAsync(Release release, string seen)
    {
        await using var scenario = await Scenario.BeginAsync(workshop, release);
        await scenario.PrepareAndActivateAsync(release.Version);
        scenario.Restart();

        for (var left = 2; left >= 0; left--)
        {
            await scenario.Machine.SaysAsync($"slot B of /dev/vda boots .priority 2, tries {left}, successful 0");
            await scenario.Machine.SaysAsync(seen);
        }

        await scenario.Machine.SaysAsync("slot A of /dev/vda boots");
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        await EndsWithAAsync(scenario, release.Version);
    }

    private static async Task EndsWithAAsync(Scenario scenario, string version)
    {
        await scenario.RunsAsync("1.0.0", "A");
        await scenario.RemembersAsync($"slot B with {version} used up its tries without ever reaching a verdict");
        await scenario.DeniesAsync(version);
    }
}
