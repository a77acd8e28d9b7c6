using System.Text.Json;

namespace MachineTests.Harness;

/// <summary>One machine with a disk of its own, from power-on to verdict.</summary>
internal sealed class Scenario : IAsyncDisposable
{
    private readonly Workshop _workshop;
    private readonly string[] _options;

    private Scenario(Workshop workshop, string disk, Machine machine, string[] options) =>
        (_workshop, Disk, Machine, _options) = (workshop, disk, machine, options);

    public string Disk { get; }

    public Machine Machine { get; private set; }

    /// <summary>The factory's disk is up and its gate has passed; the releases are published.</summary>
    public static async Task<Scenario> BeginAsync(Workshop workshop, params Release[] releases)
    {
        var factory = workshop.FactoryAsync();
        await Task.WhenAll([factory, .. releases.Select(workshop.PublishAsync)]);
        return await BeginAsync(workshop, await factory);
    }

    public static async Task<Scenario> BeginAsync(Workshop workshop, Moment moment)
    {
        var disk = await workshop.NewDiskAsync(moment.Disk);
        return new Scenario(workshop, disk, await Machine.WakeUpAsync(workshop, disk, moment), []);
    }

    /// <summary>The same from power-on.</summary>
    /// <param name="options">More for QEMU.</param>
    public static async Task<Scenario> SwitchOnAsync(Workshop workshop, Release[] releases, params string[] options)
    {
        await Task.WhenAll(releases.Select(workshop.PublishAsync));
        var disk = await workshop.NewDiskAsync();
        var scenario = new Scenario(workshop, disk, Machine.SwitchOn(workshop, disk, options), options);
        Assert.Equal(0, await scenario.Machine.BootsAsync("1.0.0"));
        return scenario;
    }

    /// <summary>Writes this release and lets it boot next.</summary>
    public async Task PrepareAndActivateAsync(string version)
    {
        await Machine.MustAsync($"updatectl prepare --pin {version}");
        await Machine.MustAsync("updatectl activate");
    }

    public void Restart() => Machine.Type("/bin/reboot");

    /// <summary>The plug is pulled, and put in again.</summary>
    public async Task CutPowerAsync()
    {
        await Machine.PullThePlugAsync();
        await Machine.DisposeAsync();
        Machine = Machine.SwitchOn(_workshop, Disk, _options);
    }

    /// <summary>This version runs, from this slot; and cgpt on this host reads from the disk what the machine itself reports.</summary>
    public async Task RunsAsync(string version, string slot)
    {
        var status = JsonDocument.Parse(await Machine.MustAsync("updatectl status --json 2>/dev/null")).RootElement;
        foreach (var told in status.GetProperty("slots").EnumerateArray())
        {
            var name = told.GetProperty("name").GetString()!;
            var flags = new Flags(
                told.GetProperty("priority").GetInt32(),
                told.GetProperty("tries").GetInt32(),
                told.GetProperty("successful").GetBoolean() ? 1 : 0
            );
            Assert.Equal(await Flags.OfAsync(Disk, name), flags);
            Assert.Equal(name == slot, told.GetProperty("booted").GetBoolean());
            Assert.True(name != slot || told.GetProperty("version").GetString() == version, status.ToString());
        }
    }

    /// <summary>The history says this, in its last entries.</summary>
    public async Task RemembersAsync(params string[] sentences)
    {
        var history = await Machine.MustAsync("updatectl history");
        foreach (var sentence in sentences)
        {
            Assert.Contains(sentence, history, StringComparison.Ordinal);
        }
    }

    /// <summary>Asked to prepare it again, the host refuses, because this release failed here.</summary>
    public async Task DeniesAsync(string version)
    {
        var answer = await Machine.RunAsync($"updatectl prepare --pin {version}");
        Assert.True(answer.Code is 76 or 77, answer.Text);
        Assert.Contains("is on this host's deny list", answer.Text, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => Machine.DisposeAsync();
}
