namespace MachineTests.Harness;

/// <summary>A trial that comes to no verdict.</summary>
internal static class LostTrial
{
    /// <summary>It gets its three tries, each of which ends with this on the console; then the old slot boots.</summary>
    public static async Task ComesBackAsync(Workshop workshop, Release release, string seen)
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
        await EndsAsync(scenario, release.Version);
    }

    /// <summary>In the old slot, which wrote down what it found.</summary>
    public static async Task EndsAsync(Scenario scenario, string version)
    {
        await scenario.RunsAsync("1.0.0", "A");
        await scenario.RemembersAsync($"slot B with {version} used up its tries without ever reaching a verdict");
        await scenario.DeniesAsync(version);
    }
}
