using System.Globalization;
using UpdateEngine.Disks;

namespace UpdateEngine.BootSelector;

/// <summary>Finds the disk to boot from, and its partitions, as the kernel shows them in /sys and /dev.</summary>
internal static class BootDisk
{
    /// <summary>Disks answer late: a controller may still be looking for them.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_step = TimeSpan.FromMilliseconds(50);

    /// <param name="wanted">Its path; null: the first disk, by name, that has a pair of slots.</param>
    /// <exception cref="UpdateException">There is none; the reason is that of the last disk that was looked at.</exception>
    public static string Find(string? wanted)
    {
        UpdateException? why = null;
        for (var waited = TimeSpan.Zero; waited <= s_patience; waited += s_step)
        {
            foreach (var disk in wanted is null ? Disks() : [wanted])
            {
                try
                {
                    using var device = BlockDevice.Open(disk, DiskAccess.Read);
                    _ = SlotSet.Find(GuidPartitionTable.Read(device), SlotLayout.Default, disk);
                    return disk;
                }
                catch (UpdateException e)
                {
                    why = e;
                }
            }

            Pause(s_step);
        }

        throw why
            ?? new UpdateException(
                ErrorCodes.DiskNoSlots,
                "This machine has no disk that the first stage's kernel knows.",
                "Add the driver of its controller to the first stage."
            );
    }

    /// <summary>The node of a partition, by its number in the table.</summary>
    public static string Partition(string disk, int index)
    {
        var name = Path.GetFileName(disk);
        var number = index.ToString(CultureInfo.InvariantCulture);
        var node = Directory
            .EnumerateDirectories($"/sys/class/block/{name}/", name + "*")
            .FirstOrDefault(d => File.ReadAllText(Path.Combine(d, "partition")).Trim() == number);
        return "/dev/" + Path.GetFileName(node ?? name + number);
    }

    /// <summary>The machine has nothing else to do.</summary>
    public static void Pause(TimeSpan time) => Task.Delay(time, TimeProvider.System).Wait();

    /// <summary>Of this kernel, in seconds.</summary>
    public static string Uptime() => File.ReadAllText("/proc/uptime").Split(' ')[0];

    /// <summary>Those on a medium that the kernel knows now.</summary>
    public static IEnumerable<string> FileSystems() =>
        File.ReadLines("/proc/filesystems")
            .Where(line => !line.StartsWith("nodev", StringComparison.Ordinal))
            .Select(line => line.Trim())
            .Where(name => name is not ("ext2" or "ext3")); // ext4 reads them.

    private static IEnumerable<string> Disks() =>
        Directory
            .EnumerateDirectories("/sys/block")
            .Where(d => Path.Exists(Path.Combine(d, "device")))
            .Select(d => "/dev/" + Path.GetFileName(d))
            .Order(StringComparer.Ordinal);
}
