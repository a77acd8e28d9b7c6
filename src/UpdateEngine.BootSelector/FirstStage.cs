using UpdateEngine.Boot;
using UpdateEngine.BootSelector.Native;
using UpdateEngine.Disks;

namespace UpdateEngine.BootSelector;

/// <summary>
/// Boots the machine: the work of the only program of the first stage's initramfs (docs/operations/booting.md). It never waits for a person: whatever
/// is wrong with a slot, the next one is tried; when there is none, the reason is shown for a while and the machine restarts. The order:
/// <list type="number">
/// <item>the watchdog is armed, so that from here to the verdict nothing can hang for ever;</item>
/// <item>a slot is selected, and the try that it costs is on the medium (<see cref="BootSelection.SelectAndSpend"/>);</item>
/// <item>its kernel is loaded into memory from its boot partition, mounted read-only;</item>
/// <item>the jump.</item>
/// </list>
/// </summary>
internal sealed class FirstStage(FirstStageOptions options, Action<string> say)
{
    private const string Directory = "/boot";
    private const string WatchdogDevice = "/dev/watchdog";

    /// <summary>Long enough to be read, or photographed.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    // Never closed: closing would disarm it.
    private static FileStream? s_watchdog;

    /// <summary>Returns only when neither a jump nor a restart is possible.</summary>
    public void Run()
    {
        try
        {
            ArmWatchdog();
            Boot(BootDisk.Find(options.Disk));
        }
        catch (Exception e)
        {
            var fault = Updates.Faults.From(e);
            say($"{fault.Message} {fault.NextStep}".TrimEnd());
        }

        say($"restarting in {s_pause.TotalSeconds:0} s");
        BootDisk.Pause(s_pause);
        if (Machine.Restart() is var errno and not 0)
        {
            say($"the machine can't be restarted: {Machine.Message(errno)}");
        }
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.NothingBootable"/>: no slot is left.</exception>
    private void Boot(string disk)
    {
        var skip = new List<string>();
        while (true)
        {
            using var device = BlockDevice.Open(disk, DiskAccess.ReadWrite);
            // Nobody else runs yet, and nothing may keep the machine from booting.
            using var held = device.TryLockExclusive();
            var choice = BootSelection.SelectAndSpend(device, SlotLayout.Default, skip);
            foreach (var finding in choice.Findings)
            {
                say(finding);
            }

            try
            {
                say($"slot {choice.Slot.Name} of {disk} boots ({choice.Flags})");
                Load(choice.Slot, BootDisk.Partition(disk, choice.Slot.Boot.Index));
                say($"jumps {BootDisk.Uptime()} s after the kernel");
                Jump(choice.Slot);
            }
            catch (Exception e)
            {
                // Whatever it is: another slot may do, and a restart would only find the same again.
                say(Updates.Faults.From(e).Message);
                skip.Add(choice.Slot.Name);
                if (BootSelection.CouldNotLoad(device, choice.Slot) is { } trouble)
                {
                    say(trouble);
                }
            }
        }
    }

    private static void Load(Slot slot, string device)
    {
        Mount(slot, device);
        try
        {
            var wanted = SlotKernel.Read(Directory, slot);
            using var kernel = File.OpenHandle(wanted.Kernel);
            using var initramfs = wanted.Initramfs is null ? null : File.OpenHandle(wanted.Initramfs);
            if (Machine.LoadKernel(kernel, initramfs, wanted.CommandLine) is var errno and not 0)
            {
                throw SlotKernel.NotLoadable(slot, $"its kernel was refused: {Machine.Message(errno)}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SlotKernel.NotLoadable(slot, $"its boot partition can't be read: {e.Message}");
        }
        finally
        {
            _ = Machine.Unmount(Directory);
        }
    }

    private static void Mount(Slot slot, string device)
    {
        System.IO.Directory.CreateDirectory(Directory);
        var errno = Machine.ErrnoNoDevice;
        foreach (var fileSystem in BootDisk.FileSystems())
        {
            // A journal is not replayed: not a byte of the slot may change.
            errno = Machine.MountReadOnly(device, Directory, fileSystem, fileSystem == "ext4" ? "noload" : "");
            if (errno is 0)
            {
                return;
            }
        }

        throw SlotKernel.NotLoadable(
            slot,
            $"its boot partition {device} can't be mounted: {(errno is Machine.ErrnoInvalid or Machine.ErrnoNoDevice ? "it holds no file system that this kernel knows" : Machine.Message(errno))}"
        );
    }

    private static void Jump(Slot slot)
    {
        var errno = Machine.Jump();
        throw SlotKernel.NotLoadable(slot, $"the jump into its kernel failed: {Machine.Message(errno)}");
    }

    private void ArmWatchdog()
    {
        if (options.Watchdog is not { } seconds || !File.Exists(WatchdogDevice))
        {
            return;
        }

        try
        {
            s_watchdog = new FileStream(WatchdogDevice, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            say($"{WatchdogDevice} could not be armed, so that nothing ends a boot that hangs: {e.Message}");
            return; // No reason not to boot.
        }

        var errno = Machine.SetWatchdog(s_watchdog.SafeFileHandle, seconds);
        say(
            errno == 0
                ? $"{WatchdogDevice} resets this machine if there is no verdict within {seconds} s"
                : $"{WatchdogDevice} could not be set to {seconds} s: {Machine.Message(errno)}"
        );
    }
}
