using System.Globalization;
using System.Text.RegularExpressions;

namespace SystemTests.Harness;

internal sealed record Flags(int Priority, int Tries, int Successful)
{
    public override string ToString() => $"({Priority},{Tries},{Successful})";
}

/// <summary>The disk as programs of other authors see it: sgdisk, cgpt, e2fsck.</summary>
internal static partial class Witness
{
    // As `repo-tools disk create` lays them out without hash partitions.
    private static readonly Dictionary<string, (int Boot, int Root)> s_partitions = new()
    {
        ["A"] = (1, 2),
        ["B"] = (3, 4),
    };

    public static async Task<Flags> FlagsAsync(string disk, string slot)
    {
        var partition = $"{s_partitions[slot].Boot}";
        return new Flags(
            await NumberAsync("show", "-i", partition, "-P", disk),
            await NumberAsync("show", "-i", partition, "-T", disk),
            await NumberAsync("show", "-i", partition, "-S", disk)
        );
    }

    public static async Task SetFlagsAsync(string disk, string slot, Flags flags) =>
        (
            await CgptAsync(
                "add",
                "-i",
                $"{s_partitions[slot].Boot}",
                "-P",
                $"{flags.Priority}",
                "-T",
                $"{flags.Tries}",
                "-S",
                $"{flags.Successful}",
                disk
            )
        ).Expect(0);

    /// <summary>Where the root file system of a slot begins, in bytes.</summary>
    public static async Task<long> RootOffsetAsync(string disk, string slot) =>
        512L * await NumberAsync("show", "-i", $"{s_partitions[slot].Root}", "-b", disk);

    /// <summary>PARTUUID of the slot's boot partition, lower case.</summary>
    public static async Task<string> BootIdAsync(string disk, string slot)
    {
        var shown = await RunningProgram.RunAsync(Programs.Machine("sgdisk"), "-i", $"{s_partitions[slot].Boot}", disk);
        return UniqueId().Match(shown.Expect(0).Out).Groups["id"].Value.ToLowerInvariant();
    }

    /// <summary>Nothing to complain about: sgdisk verifies, and cgpt reads the flags that `updatectl status` tells.</summary>
    public static async Task AgreesAsync(Sandbox host)
    {
        var verified = await RunningProgram.RunAsync(Programs.Machine("sgdisk"), "-v", host.Disk);
        Assert.Contains("No problems found", verified.Expect(0).Out, StringComparison.Ordinal);
        var status = (await host.UpdatectlAsync("status", "--json")).Expect(0).Json;
        foreach (var slot in status.GetProperty("slots").EnumerateArray())
        {
            var ours = new Flags(
                slot.GetProperty("priority").GetInt32(),
                slot.GetProperty("tries").GetInt32(),
                slot.GetProperty("successful").GetBoolean() ? 1 : 0
            );
            Assert.Equal(await FlagsAsync(host.Disk, slot.GetProperty("name").GetString()!), ours);
        }
    }

    /// <summary>The slot's root file system has no fault, and is byte for byte the image.</summary>
    public static async Task HoldsAsync(Sandbox host, string slot, string image)
    {
        var offset = await RootOffsetAsync(host.Disk, slot);
        var check = await RunningProgram.RunAsync(Programs.Machine("e2fsck"), "-fn", $"{host.Disk}?offset={offset}");
        check.Expect(0);
        Assert.Equal(Images.Digest(image), Images.Digest(host.Disk, offset, new FileInfo(image).Length));
    }

    /// <summary>Whatever could boot or be activated is whole: its root is byte for byte one of the published images.</summary>
    public static async Task NothingHalfWrittenCanBootAsync(Sandbox host, Kit kit)
    {
        var length = new FileInfo(kit.RootImage("1.0.0")).Length;
        var published = new[] { "1.0.0", "1.1.0", "1.2.0" }.Select(v => Images.Digest(kit.RootImage(v))).ToHashSet();
        foreach (var slot in s_partitions.Keys)
        {
            var flags = await FlagsAsync(host.Disk, slot);
            if (flags != new Flags(0, 0, 0))
            {
                Assert.True(
                    published.Contains(await RootDigestAsync(host, slot, length)),
                    $"slot {slot} {flags} holds something that nobody published"
                );
            }
        }
    }

    /// <summary>SHA-256 of the slot's partitions, whole.</summary>
    public static async Task<string> SlotDigestAsync(string disk, string slot)
    {
        var digests = new List<string>();
        foreach (var partition in (int[])[s_partitions[slot].Boot, s_partitions[slot].Root])
        {
            var start = await NumberAsync("show", "-i", $"{partition}", "-b", disk);
            var size = await NumberAsync("show", "-i", $"{partition}", "-s", disk);
            digests.Add(Images.Digest(disk, 512L * start, 512L * size));
        }

        return string.Join(' ', digests);
    }

    public static async Task<string> RootDigestAsync(Sandbox host, string slot, long length) =>
        Images.Digest(host.Disk, await RootOffsetAsync(host.Disk, slot), length);

    private static async Task<int> NumberAsync(params string[] args) =>
        int.Parse((await CgptAsync(args)).Expect(0).Out.Trim(), CultureInfo.InvariantCulture);

    private static Task<RunResult> CgptAsync(params string[] args) =>
        RunningProgram.RunAsync(Programs.Machine("cgpt"), args);

    [GeneratedRegex(
        "Partition unique GUID: (?<id>[0-9A-Fa-f-]{36})",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex UniqueId();
}
