using UpdateEngine;
using UpdateEngine.Boot;
using UpdateEngine.BootSelector;
using UpdateEngine.Configuration;
using UpdateEngine.Disks;
using UpdateEngine.State;
using UpdateEngine.Updates;

// Picks the slot that boots, spends one of its tries (flushed before anything else happens) and says which one it is.
// Small on purpose: this runs as the first program of a host, so it loads nothing but what it needs.

const string Help = """
    boot-selector: picks the slot that boots on a disk, spends a try if it has any, and prints the choice.

    Usage:
      boot-selector DISK            a device or a disk image
      boot-selector --root DIR      the disk of a sandbox host; also records the boot there, as a kernel command line would
      boot-selector --dry-run ...   only says what would be chosen; writes nothing
      boot-selector --first-stage   boots this machine: loads the kernel of the chosen slot and jumps into it; the next slot if that fails, and a
                                    restart if none is left. The last program of a first stage's initramfs; on a machine that runs it ends what runs

    Prints one line, ready for a kernel's command line:
      update_engine.boot=<PARTUUID of the boot partition>
    and on standard error which slot that is, with its flags. Exit codes: 0 chosen, 64 usage, 73 no slot can boot or the disk can't be used,
    75 the disk of a sandbox is being written, 78 configuration.
    """;

string? disk = null;
string? root = null;
var dryRun = false;
var firstStage = false;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--help" or "-h" or "-?":
            Console.Out.WriteLine(Help);
            return 0;
        case "--dry-run":
            dryRun = true;
            break;
        case "--first-stage":
            firstStage = true;
            break;
        case "--root" when i + 1 < args.Length && args[i + 1].Length > 0:
            root = args[++i];
            break;
        case var option when option.StartsWith('-'):
            return Usage(option == "--root" ? "--root needs a directory" : $"there is no option {option}");
        case var path when disk is null:
            disk = path;
            break;
        default:
            return Usage($"one disk, not \"{args[i]}\" too");
    }
}

if (firstStage)
{
    if (args.Length > 1)
    {
        return Usage("--first-stage goes with nothing else; the kernel's command line has its options");
    }

    new FirstStage(FirstStageOptions.Parse(File.ReadAllText("/proc/cmdline")), Say).Run();
    return (int)ExitCode.Unexpected;
}

if ((disk is null) == (root is null))
{
    return Usage(disk is null ? "name a disk, or a host with --root" : "a disk or --root, not both");
}

try
{
    return Select();
}
catch (Exception e)
{
    var fault = Faults.From(e);
    Console.Error.WriteLine($"boot-selector: {fault.Message} {fault.NextStep}".TrimEnd());
    return (int)fault.Code.Exit;
}

int Select()
{
    var paths = root is null ? null : new HostPaths(Path.GetFullPath(root));
    var path = paths is null ? disk! : paths.Of(ConfigReader.Read(paths).Disk);
    using var device = BlockDevice.Open(path, dryRun ? DiskAccess.Read : DiskAccess.ReadWrite);
    if (dryRun)
    {
        var table = GuidPartitionTable.Read(device);
        var slots = SlotSet.Find(table, SlotLayout.Default, path);
        var next = BootSelection.Choose(slots, s => Flags(table, s));
        Console.Out.WriteLine(next is null ? "none" : BootedSlot.Format(next));
        Say(
            next is null
                ? $"no slot of {path} can boot: slot A ({Flags(table, slots.A)}), slot B ({Flags(table, slots.B)})."
                : $"slot {next.Name} would boot ({Flags(table, next)})"
        );
        return (int)(next is null ? ExitCode.Disk : ExitCode.Done);
    }

    // On a machine nobody else runs yet, and nothing may keep it from booting (udev holds such a lock for moments); a sandbox's disk may be in use.
    using var held = paths is null ? device.TryLockExclusive() : device.LockExclusive();
    var choice = BootSelection.SelectAndSpend(device, SlotLayout.Default);
    if (paths is not null)
    {
        BootRecord.Write(paths, choice.Slot, Guid.NewGuid());
    }

    foreach (var finding in choice.Findings)
    {
        Say(finding);
    }

    Say($"slot {choice.Slot.Name} boots ({choice.Flags})");
    Console.Out.WriteLine(BootedSlot.Format(choice.Slot));
    return 0;
}

static BootFlags Flags(GuidPartitionTable table, Slot slot) =>
    BootFlags.FromAttributes(table.Partition(slot.Boot.Index).Attributes);

static void Say(string text) => Console.Error.WriteLine($"boot-selector: {text}");

static int Usage(string reason)
{
    Say($"{reason}. See `boot-selector --help`.");
    return (int)ExitCode.Usage;
}
