namespace SystemTests;

/// <summary>Disks that are damaged, missing, too small, or not ours: said in one sentence, before the first write.</summary>
public sealed class DiskFaultTests(Kit kit)
{
    private static readonly string[][] s_commands =
    [
        ["status"],
        ["check"],
        ["prepare"],
        ["activate"],
        ["confirm"],
        ["cancel"],
        ["rollback"],
    ];

    [Fact]
    public async Task A_disk_without_a_partition_table_is_refused_by_every_command()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await File.WriteAllBytesAsync(host.Disk, new byte[4 * Images.MiB]);

        await EveryCommandRefusesAsync(host, 73, host.Disk, "partition table");
    }

    [Fact]
    public async Task A_disk_with_both_tables_damaged_is_refused_by_every_command()
    {
        var host = await Sandbox.JudgedAsync(kit);
        Damage(host.Disk, primary: true, backup: true);

        await EveryCommandRefusesAsync(host, 73, host.Disk, "primary GPT header", "backup GPT header", "sgdisk -v");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_damaged_table_is_told_by_status_and_repaired_by_the_next_write(bool primary)
    {
        var host = await Sandbox.JudgedAsync(kit);
        Damage(host.Disk, primary, backup: !primary);
        var before = host.Fingerprint();

        var status = (await host.UpdatectlAsync("status")).Expect(0);
        var which = primary ? "primary" : "backup";
        Assert.Contains($"the {which} GPT header", status.Out, StringComparison.Ordinal);
        Assert.Contains("the next write repairs it", status.Out, StringComparison.Ordinal);
        Assert.Equal(before, host.Fingerprint());

        await host.MustAsync("prepare");
        await Witness.AgreesAsync(host);
        status = (await host.UpdatectlAsync("status")).Expect(0);
        Assert.DoesNotContain("GPT header", status.Out, StringComparison.Ordinal);
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));
    }

    [Fact]
    public async Task A_disk_without_slots_is_refused_by_every_command()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await File.WriteAllBytesAsync(host.Disk, new byte[4 * Images.MiB]);
        var made = await RunningProgram.RunAsync(Programs.Machine("sgdisk"), "-n", "1:2048:0", host.Disk);
        made.Expect(0);

        await EveryCommandRefusesAsync(host, 73, host.Disk, "slots", "boot");
    }

    [Fact]
    public async Task A_disk_that_is_not_there_is_refused_by_every_command()
    {
        var host = await Sandbox.JudgedAsync(kit);
        File.Delete(host.Disk);

        await EveryCommandRefusesAsync(host, 73, host.Disk, "there is no such file or device");
    }

    [Fact]
    public async Task A_disk_that_is_a_directory_is_refused_by_every_command()
    {
        var host = await Sandbox.JudgedAsync(kit);
        File.Delete(host.Disk);
        Directory.CreateDirectory(host.Disk);

        await EveryCommandRefusesAsync(host, 73, host.Disk, "it is a directory");
    }

    [Fact]
    public async Task A_truncated_disk_is_refused_before_the_first_write()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await using (var file = File.OpenWrite(host.Disk))
        {
            file.SetLength(file.Length / 2);
        }

        var before = host.Fingerprint(butNotMemory: true);
        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 73, host.Disk);
        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    [Fact]
    public async Task A_limit_on_the_size_of_files_is_a_write_that_fails_before_the_disk_has_changed()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var before = Images.Digest(host.Disk);

        // The backup table at the end of the disk is written first, and is beyond it. The runtime itself wants a large file for its
        // code, and the signal would end it before the write can fail.
        await using var running = RunningProgram.Start(
            new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" },
            Programs.Machine("env"),
            "--ignore-signal=XFSZ",
            Programs.Machine("prlimit"),
            $"--fsize={4 * Images.MiB}",
            Programs.Updatectl,
            "--root",
            host.Host,
            "prepare"
        );
        var limited = await running.EndAsync();

        Refusal.Says(limited, host.Disk, "a file may not become so large here", "kernel log").Expect(73);
        Assert.Equal(before, Images.Digest(host.Disk));
        await host.MustAsync("prepare");
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));
    }

    [Fact]
    public async Task A_release_that_is_larger_than_the_slot_is_refused_before_the_first_write()
    {
        var host = await Sandbox.JudgedAsync(kit);
        host.Configure(c => c["variant"] = "large");
        var before = host.Fingerprint(butNotMemory: true);

        Refusal.IsClear(
            await host.UpdatectlAsync("prepare"),
            73,
            "root image of 2.0.0",
            $"{20 * Images.MiB} bytes",
            $"{12 * Images.MiB}",
            "slot B",
            "Nothing was written"
        );

        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
        await Witness.AgreesAsync(host);
    }

    [Fact]
    public async Task A_host_that_was_not_booted_writes_nothing()
    {
        var host = await Sandbox.JudgedAsync(kit);
        File.Delete(host.Of("run/update-engine/booted"));
        var before = host.Fingerprint(butNotMemory: true);

        foreach (var command in (string[])["prepare", "activate", "confirm", "cancel", "rollback"])
        {
            Refusal.IsClear(await host.UpdatectlAsync(command), 76, "run/update-engine/booted", "boot-selector --root");
        }

        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    [Fact]
    public async Task A_boot_without_a_verdict_prepares_nothing()
    {
        var host = await Sandbox.JudgedAsync(kit);
        (await host.BootAsync()).Expect(0);
        var before = host.Fingerprint(butNotMemory: true);

        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 76, "Slot A", "updatectl confirm");

        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    [Fact]
    public async Task A_slot_that_rotted_since_it_was_prepared_is_not_activated()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await host.MustAsync("prepare");
        var offset = await Witness.RootOffsetAsync(host.Disk, "B");
        await using (var file = File.Open(host.Disk, FileMode.Open))
        {
            file.Position = offset + 5 * Images.MiB;
            var one = file.ReadByte();
            file.Position--;
            file.WriteByte((byte)(one ^ 1));
        }

        var refused = (await host.UpdatectlAsync("activate")).Expect(73);

        Assert.Contains("no longer holds what was prepared", refused.Error, StringComparison.Ordinal);
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "B"));
        await Witness.AgreesAsync(host);
        var status = (await host.UpdatectlAsync("status", "--json")).Expect(0).Json;
        Assert.Equal("Available", status.GetProperty("state").GetString());
        await host.MustAsync("prepare");
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));
    }

    private static async Task EveryCommandRefusesAsync(Sandbox host, int code, params string[] names)
    {
        var before = host.Fingerprint();
        foreach (var command in s_commands)
        {
            Refusal.IsClear(await host.UpdatectlAsync(command), code, names);
        }

        var selector = await RunningProgram.RunAsync(Programs.BootSelector, "--root", host.Host);
        Refusal.IsClear(selector, code, names);
        Assert.Equal(before, host.Fingerprint());
    }

    private static void Damage(string disk, bool primary, bool backup)
    {
        using var file = File.OpenWrite(disk);
        foreach (
            var sector in (long[])
                [.. primary ? [1L] : Array.Empty<long>(), .. backup ? [file.Length / 512 - 1] : Array.Empty<long>()]
        )
        {
            file.Position = sector * 512 + 24;
            file.Write(new byte[64]);
        }
    }
}
