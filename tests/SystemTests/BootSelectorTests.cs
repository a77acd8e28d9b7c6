namespace SystemTests;

/// <summary>The first program of a host: which slot boots, and what that costs it. cgpt sets and reads the flags.</summary>
public sealed class BootSelectorTests(Kit kit)
{
    public static TheoryData<string, string, string> Sequences =>
        new()
        {
            // Flags of A and of B as priority, tries, successful; then the slots of one boot after the other, "-": none.
            { "330", "220", "AAABB-" },
            { "330", "101", "AAABBB" },
            { "220", "330", "BBBAA-" },
            { "101", "230", "BBBAAA" },
            { "201", "201", "AA" },
            { "101", "201", "BB" },
            { "101", "000", "AA" },
            { "000", "101", "BB" },
            { "031", "101", "BB" },
            { "930", "f10", "BAAA-" },
            { "000", "000", "-" },
            { "200", "100", "-" },
        };

    [Theory]
    [MemberData(nameof(Sequences))]
    public async Task Slots_are_chosen_by_priority_and_pay_with_their_tries(string a, string b, string sequence)
    {
        var host = await HostAsync(Parse(a), Parse(b));
        foreach (var expected in sequence)
        {
            if (expected == '-')
            {
                var before = host.Fingerprint();
                Refusal.IsClear(await SelectAsync(host.Disk), 73, host.Disk, "slot A", "slot B", "cgpt");
                Assert.Equal(before, host.Fingerprint());
                continue;
            }

            var slot = $"{expected}";
            var flags = await Witness.FlagsAsync(host.Disk, slot);
            var chosen = (await SelectAsync(host.Disk)).Expect(0);
            Assert.Equal($"update_engine.boot={await Witness.BootIdAsync(host.Disk, slot)}\n", chosen.Out);
            Assert.Contains($"slot {slot} boots", chosen.Error, StringComparison.Ordinal);
            var paid = flags with { Tries = Math.Max(0, flags.Tries - 1) };
            Assert.Equal(paid, await Witness.FlagsAsync(host.Disk, slot));
        }
    }

    [Fact]
    public async Task A_dry_run_says_the_same_and_writes_nothing()
    {
        var host = await HostAsync(Parse("101"), Parse("230"));
        var before = host.Fingerprint();

        var first = (await SelectAsync("--dry-run", host.Disk)).Expect(0);
        var second = (await SelectAsync("--dry-run", "--root", host.Host)).Expect(0);

        Assert.Equal(first.Out, second.Out);
        Assert.Equal(before, host.Fingerprint());
        Assert.False(File.Exists(host.Of("run/update-engine/booted")), "a dry run is no boot");
        Assert.Equal(first.Out, (await SelectAsync(host.Disk)).Expect(0).Out);
    }

    [Fact]
    public async Task A_dry_run_tells_when_nothing_boots()
    {
        var host = await HostAsync(Parse("000"), Parse("020"));

        var dry = (await SelectAsync("--dry-run", host.Disk)).Expect(73);

        Assert.Equal("none\n", dry.Out);
        Refusal.Says(dry, "can boot", host.Disk, "slot A", "slot B");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task One_damaged_table_does_not_keep_a_host_from_booting(int sector)
    {
        var host = await HostAsync(Parse("101"), Parse("230"));
        Damage(host.Disk, sector);

        var chosen = (await SelectAsync(host.Disk)).Expect(0);

        Assert.Contains(await Witness.BootIdAsync(host.Disk, "B"), chosen.Out, StringComparison.Ordinal);
        Assert.Contains("damaged", chosen.Error, StringComparison.Ordinal);
        Assert.Equal(new Flags(2, 2, 0), await Witness.FlagsAsync(host.Disk, "B"));
        var verified = await RunningProgram.RunAsync(Programs.Machine("sgdisk"), "-v", host.Disk);
        Assert.Contains("No problems found", verified.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_damaged_tables_are_an_error_that_names_both()
    {
        var host = await HostAsync(Parse("101"), Parse("230"));
        Damage(host.Disk, 1);
        Damage(host.Disk, -1);
        var before = host.Fingerprint();

        Refusal.IsClear(await SelectAsync(host.Disk), 73, host.Disk, "primary", "backup");
        Refusal.IsClear(await SelectAsync("--dry-run", host.Disk), 73, host.Disk, "primary", "backup");

        Assert.Equal(before, host.Fingerprint());
    }

    [Theory]
    [InlineData("missing.img", "no such file")]
    [InlineData("etc", "directory")]
    [InlineData("etc/machine-id", "too small")]
    public async Task What_is_no_disk_is_named(string path, string why)
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-factory");

        Refusal.IsClear(await SelectAsync(host.Of(path)), 73, host.Of(path), why);
    }

    [Fact]
    public async Task Help_goes_to_standard_output()
    {
        var help = (await SelectAsync("--help")).Expect(0);

        Assert.Contains("--dry-run", help.Out, StringComparison.Ordinal);
        Assert.Contains("--root", help.Out, StringComparison.Ordinal);
    }

    private async Task<Sandbox> HostAsync(Flags a, Flags b)
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-factory");
        await Witness.SetFlagsAsync(host.Disk, "A", a);
        await Witness.SetFlagsAsync(host.Disk, "B", b);
        return host;
    }

    private static Flags Parse(string text) =>
        new(Convert.ToInt32(text[..1], 16), Convert.ToInt32(text[1..2], 16), text[2] - '0');

    private static Task<RunResult> SelectAsync(params string[] args) =>
        RunningProgram.RunAsync(Programs.BootSelector, args);

    private static void Damage(string disk, int sector)
    {
        using var file = File.OpenWrite(disk);
        file.Position = sector < 0 ? file.Length + sector * 512 : sector * 512;
        file.Write(new byte[512]);
    }
}
