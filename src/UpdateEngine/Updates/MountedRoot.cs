using System.Globalization;
using UpdateEngine.Disks;

namespace UpdateEngine.Updates;

/// <summary>Finds the partition under the mounted root by what the kernel says (mountinfo and sysfs), through dm-verity; never by a file that claims it.</summary>
public static class MountedRoot
{
    /// <returns>PARTUUID of the slot's root partition that is mounted at "/"; null when it is none of the disk's.</returns>
    /// <param name="proc">/proc, and <paramref name="sys"/> /sys; other directories in tests.</param>
    public static Guid? Find(SlotSet slots, string disk, string proc = "/proc", string sys = "/sys")
    {
        if (Node(proc, sys) is not { } node)
        {
            return null;
        }

        var diskName = Path.GetFileName(Resolve(disk));
        // A verity device stands on two partitions, root and hash; only one of them is a slot's root.
        var candidates = Directory.Exists(Path.Combine(node, "slaves"))
            ? Directory.GetFileSystemEntries(Path.Combine(node, "slaves")).Select(Resolve)
            : [node];
        var roots = candidates.Select(c => RootAt(c, slots, diskName)).OfType<Guid>().ToList();
        return roots.Count == 1 ? roots[0] : null;
    }

    /// <summary>The root lies on a dm-verity device, by the name that veritysetup gives each of them.</summary>
    public static bool IsVerity(string proc = "/proc", string sys = "/sys") =>
        Node(proc, sys) is { } node
        && Path.Combine(node, "dm/uuid") is var name
        && File.Exists(name)
        && File.ReadAllText(name).StartsWith("CRYPT-VERITY-", StringComparison.Ordinal);

    /// <returns>Of the device under the root, its directory in sysfs; null for an overlay, a tmpfs, a network.</returns>
    private static string? Node(string proc, string sys)
    {
        var device = File.ReadLines(Path.Combine(proc, "self/mountinfo"))
            .Select(line => line.Split(' '))
            .LastOrDefault(fields => fields.Length > 4 && fields[4] == "/")
            ?[2];
        var link = device is null ? null : Path.Combine(sys, "dev/block", device);
        return Directory.Exists(link) ? Resolve(link) : null;
    }

    private static Guid? RootAt(string node, SlotSet slots, string diskName)
    {
        var numberFile = Path.Combine(node, "partition");
        if (!File.Exists(numberFile) || Path.GetFileName(Path.GetDirectoryName(node)) != diskName)
        {
            return null;
        }

        var number = int.Parse(File.ReadAllText(numberFile).Trim(), CultureInfo.InvariantCulture);
        return new[] { slots.A.Root, slots.B.Root }.FirstOrDefault(p => p.Index == number)?.Id;
    }

    /// <summary>Follows the links of the last component, as sysfs has them.</summary>
    private static string Resolve(string path) =>
        (Path.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName : null)
        ?? Path.GetFullPath(path);
}
