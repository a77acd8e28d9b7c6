using System.Globalization;
using System.Security.Cryptography;

namespace MachineTests;

/// <summary>
/// Flushes apart from instants: a machine that is killed leaves its writes in the host's cache, so that a flush which was forgotten would not be missed. Here the
/// disk is replayed from a log, up to each flush.
/// </summary>
public sealed class FlushLogTests(Workshop workshop)
{
    private static readonly string[] s_roles = ["boot", "root", "hash"];

    [Fact]
    public async Task Up_to_each_flush_of_an_update_the_disk_boots_a_published_release()
    {
        await workshop.PublishAsync(new Release("1.1.0"));
        var (disk, replayed) = (await workshop.NewDiskAsync(), await workshop.NewDiskAsync());
        var log = disk + ".log";
        await File.WriteAllBytesAsync(log, [], TestContext.Current.CancellationToken);
        await using (var machine = Machine.SwitchOnLogged(workshop, disk, log))
        {
            Assert.Equal(0, await machine.BootsAsync("1.0.0"));
            await machine.MustAsync("updatectl prepare --pin 1.1.0");
            await machine.MustAsync("updatectl activate");
            machine.Type("/bin/reboot");
            Assert.Equal(0, await machine.BootsAsync("1.1.0"));
            machine.Type("sync; busybox poweroff -f");
            await machine.IsOffAsync();
        }

        var (flushes, booted) = await ReplayAsync(log, replayed);

        TestContext.Current.TestOutputHelper?.WriteLine($"{flushes} flushes");
        Assert.Equal(["A", "B"], booted);
        Assert.InRange(flushes, 20, int.MaxValue);
    }

    /// <returns>How many flushes, and which slots booted, in the order in which they first did.</returns>
    private async Task<(int Flushes, IReadOnlyList<string> Booted)> ReplayAsync(string log, string disk)
    {
        var partitions = await PartitionsAsync(disk);
        using var from = File.OpenHandle(log);
        using var to = File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var flushes = 0;
        var booted = new List<string>();
        var holds = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (var entry in WriteLog.Read(log))
        {
            Copy(from, to, entry);
            foreach (var written in partitions.Where(p => Touches(entry, p.Value)))
            {
                holds.Remove(written.Key[^1..]);
            }

            if (!entry.IsFlush)
            {
                continue;
            }

            flushes++;
            var next = await NextAsync(disk);
            if (!holds.TryGetValue(next, out var isWhole))
            {
                holds[next] = isWhole = Holds(to, partitions, next, next == "A" ? "1.0.0" : "1.1.0");
            }

            Assert.True(isWhole, $"after flush {flushes} slot {next} boots, and it is not what was published");
            if (!booted.Contains(next))
            {
                booted.Add(next);
            }
        }

        return (flushes, booted);
    }

    private static async Task<string> NextAsync(string disk)
    {
        var next = await RunningProgram.RunAsync(Programs.BootSelector, "--dry-run", disk);
        Assert.True(next.Code == 0, next.ToString());
        return next.Error.Contains("slot A would boot", StringComparison.Ordinal) ? "A" : "B";
    }

    private bool Holds(
        Microsoft.Win32.SafeHandles.SafeFileHandle disk,
        Dictionary<string, (long Start, long Length)> partitions,
        string slot,
        string version
    ) =>
        s_roles.All(role =>
        {
            var (length, digest) = workshop.Made(version, role);
            var bytes = new byte[length];
            RandomAccess.Read(disk, bytes, partitions[$"{role.ToUpperInvariant()}-{slot}"].Start);
            return Convert.ToHexStringLower(SHA256.HashData(bytes)) == digest;
        });

    private static void Copy(
        Microsoft.Win32.SafeHandles.SafeFileHandle from,
        Microsoft.Win32.SafeHandles.SafeFileHandle to,
        WriteLogEntry entry
    )
    {
        var bytes = new byte[entry.Length];
        Assert.Equal(bytes.Length, RandomAccess.Read(from, bytes, entry.DataAt));
        RandomAccess.Write(to, bytes, entry.Offset);
    }

    private static bool Touches(WriteLogEntry entry, (long Start, long Length) partition) =>
        entry.Offset < partition.Start + partition.Length && entry.Offset + entry.Length > partition.Start;

    /// <summary>Of the slots: label to place, in bytes, as cgpt reads the table.</summary>
    private static async Task<Dictionary<string, (long Start, long Length)>> PartitionsAsync(string disk)
    {
        var partitions = new Dictionary<string, (long, long)>(StringComparer.Ordinal);
        for (var i = 1; i <= 6; i++)
        {
            var label = await ShowAsync("-l");
            partitions[label] = (512 * await NumberAsync("-b"), 512 * await NumberAsync("-s"));

            async Task<string> ShowAsync(string field) =>
                (
                    await RunningProgram.RunAsync(
                        Programs.Machine("cgpt"),
                        "show",
                        "-i",
                        i.ToString(CultureInfo.InvariantCulture),
                        field,
                        disk
                    )
                )
                    .Expect(0)
                    .Out.Trim();

            async Task<long> NumberAsync(string field) =>
                long.Parse(await ShowAsync(field), CultureInfo.InvariantCulture);
        }

        return partitions;
    }
}
