using System.Text;
using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.State;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Updates;

/// <summary>
/// What this boot says about itself. On a machine: the kernel's command line and boot id. In a sandbox (--root DIR) the file
/// run/update-engine/booted stands for both: boot-selector writes it, a "reboot" removes it.
/// </summary>
/// <param name="Partition">PARTUUID of the boot partition that was chosen.</param>
public sealed record BootRecord(Guid? Partition, string? BootId)
{
    private const string BootIdParameter = "update_engine.boot_id=";
    private const int MaxBytes = 4096;

    public static BootRecord Read(HostPaths paths)
    {
        if (!paths.IsSandbox)
        {
            return new BootRecord(
                BootedSlot.Parse(ReadText("/proc/cmdline")),
                ReadText("/proc/sys/kernel/random/boot_id").Trim()
            );
        }

        if (!File.Exists(paths.Booted))
        {
            throw new UpdateException(
                ErrorCodes.RunningSlotUnknown,
                $"No slot is running: {paths.Booted} is missing.",
                $"Boot the host with `boot-selector --root {paths.Root}`."
            );
        }

        var text = ReadText(paths.Booted);
        var bootId = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .FirstOrDefault(w => w.StartsWith(BootIdParameter, StringComparison.Ordinal));
        return new BootRecord(BootedSlot.Parse(text), bootId?[BootIdParameter.Length..]);
    }

    /// <summary>What a boot of this slot leaves behind in a sandbox.</summary>
    public static void Write(HostPaths paths, Slot slot, Guid bootId) =>
        StateFile.Guard(
            paths.Booted,
            () =>
                DurableFile.Write(
                    paths.Booted,
                    Encoding.ASCII.GetBytes($"{BootedSlot.Format(slot)} {BootIdParameter}{bootId:D}\n")
                )
        );

    /// <summary>The sandbox is switched off.</summary>
    public static void Clear(HostPaths paths) => StateFile.Guard(paths.Booted, () => DurableFile.Delete(paths.Booted));

    private static string ReadText(string path)
    {
        return Encoding.UTF8.GetString(DurableFile.ReadHead(path, MaxBytes));
    }
}
