namespace MachineTests;

/// <summary>What goes well.</summary>
public sealed class UpdateTests(Workshop workshop)
{
    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task A_disk_with_its_first_stage_boots_by_firmware_alone()
    {
        var disk = await workshop.NewDiskAsync();
        var variables = disk + ".firmware";
        await Workshop.CopyAsync("/usr/share/OVMF/OVMF_VARS_4M.fd", variables);
        await using var machine = Machine.SwitchOnByFirmware(disk, variables);

        Assert.Equal(0, await machine.BootsAsync("1.0.0"));

        Assert.Contains("boot-selector: slot A of /dev/vda boots", machine.Log, StringComparison.Ordinal);
        Assert.Equal(new Flags(1, 0, 1), await Flags.OfAsync(disk, "A"));
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task The_factory_disk_boots_and_is_good()
    {
        await using var scenario = await Scenario.SwitchOnAsync(workshop, []);

        await scenario.RunsAsync("1.0.0", "A");

        Assert.Equal(new Flags(1, 0, 1), await Flags.OfAsync(scenario.Disk, "A"));
        Assert.Equal(new Flags(0, 0, 0), await Flags.OfAsync(scenario.Disk, "B"));
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task Three_releases_in_a_row_take_turns_in_the_slots()
    {
        await Task.WhenAll(workshop.PublishAsync(new Release("1.2.0")), workshop.PublishAsync(new Release("1.3.0")));
        await using var scenario = await Scenario.BeginAsync(workshop, await workshop.UpdatedAsync());
        await scenario.RunsAsync("1.1.0", "B");
        foreach (var (version, slot) in ((string, string)[])[("1.2.0", "A"), ("1.3.0", "B")])
        {
            await scenario.Machine.MustAsync($"updatectl prepare --pin {version}");
            Assert.Equal(new Flags(0, 3, 0), await Flags.OfAsync(scenario.Disk, slot));
            await scenario.Machine.MustAsync("updatectl activate");
            Assert.Equal(new Flags(2, 3, 0), await Flags.OfAsync(scenario.Disk, slot));
            scenario.Restart();
            Assert.Equal(0, await scenario.Machine.BootsAsync(version));
            await scenario.RunsAsync(version, slot);
            Assert.Equal(new Flags(2, 0, 1), await Flags.OfAsync(scenario.Disk, slot));
        }

        await scenario.RemembersAsync("1.1.0 is good", "1.2.0 is good", "1.3.0 is good");
    }

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public async Task An_operator_rolls_back_by_hand()
    {
        await using var scenario = await Scenario.BeginAsync(workshop, await workshop.UpdatedAsync());

        await scenario.Machine.MustAsync("updatectl rollback");
        scenario.Restart();

        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        await scenario.RunsAsync("1.0.0", "A");
        await scenario.DeniesAsync("1.1.0");
    }
}
