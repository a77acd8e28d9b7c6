using UpdateEngine.Disks;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Images;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Something that a disk does to a prepare, and how it ends.</summary>
/// <param name="Name">Its line in docs/faults.md.</param>
internal sealed record DiskFault(string Name, Outcome Outcome, Func<IBlockDevice, IBlockDevice> Medium);

/// <summary>The same with a real medium in place of the sandbox's disk.</summary>
internal sealed record MediumFault(string Name, Outcome Outcome, Func<string, ScarceDisk> At);

internal static class DiskFaults
{
    /// <summary>Of the sandbox's disk, in bytes: the root partition of slot B, and where neither copy of the table lies.</summary>
    private const long Root = 6 * Sandbox.MiB;
    private const long FirstPartition = Sandbox.MiB;
    private const long BackupTable = 16 * Sandbox.MiB - 64 * 1024;

    private const long First = Root;
    private static readonly long s_middle = Root + FaultyHost.RootImage.Length / 2;
    private static readonly long s_last = Root + FaultyHost.RootImage.Length - 1;

    public static IReadOnlyList<DiskFault> All { get; } =
    [
        // The disk says so. Flushes: 1, 2 the table; 3 boot; 4, 5, 6 root; 7, 8 the table.
        WriteFails("a write fails in the first block", First),
        WriteFails("a write fails in the middle", s_middle),
        WriteFails("a write fails in the last block", s_last),
        ReadFails("reading back fails in the first block", First),
        ReadFails("reading back fails in the middle", s_middle),
        ReadFails("reading back fails in the last block", s_last),
        FlushFails("a flush fails before the first byte of an image", 1, beforeFirstWrite: true),
        FlushFails("a flush fails when the slot is being made unbootable", 2),
        FlushFails("a flush fails after the boot image", 3),
        FlushFails("a flush fails in the middle of root", 5),
        FlushFails("a flush fails after root", 6),
        FlushFails("a flush fails when the slot is marked valid", 7),
        new("the last flush fails", Failed with { AfterLastWrite = true }, LastFlushFails),
        new("the last flush fails, and its writes are lost", Failed, disk => LastFlushFails(LastPrimaryIsLost(disk))),
        new(
            "a write of the partition table fails",
            Failed with
            {
                BeforeFirstWrite = true,
            },
            disk => new FailingDisk(disk) { FailsToWrite = (offset, _) => IsTable(offset) }
        ),
        new(
            "a write of the partition table fails in the end",
            Failed,
            disk => new FailingDisk(disk) { FailsToWrite = AfterRoot(IsTable) }
        ),
        new("it is gone in the middle", Failed, Gone),
        // It does not say so: only what is read back tells.
        Flips("a bit turns round in the first block", First),
        Flips("a bit turns round in the middle", s_middle),
        Flips("a bit turns round in the last block", s_last),
        Forgets("half of each write is lost", (offset, length) => IsRoot(offset) ? length / 2 : length),
        Forgets(
            "the last byte of an image is lost",
            (offset, length) => IsIn(s_last, offset, length) ? length - 1 : length
        ),
        Forgets("all writes of an image are lost", (offset, length) => IsRoot(offset) ? 0 : length),
        Forgets("all writes are lost, flushes are answered", (_, _) => 0, beforeFirstWrite: true),
        Forgets(
            "writes of the partition table are lost",
            (offset, length) => IsTable(offset) ? 0 : length,
            beforeFirstWrite: true
        ),
        Forgets(
            "writes of the primary table are lost",
            (offset, length) => offset < FirstPartition ? 0 : length,
            beforeFirstWrite: true
        ),
        Forgets(
            "writes of the backup table are lost",
            (offset, length) => offset > BackupTable ? 0 : length,
            beforeFirstWrite: true
        ),
        new("the partition table's last writes are lost", Mismatch, LastTableIsLost),
    ];

    /// <summary>On a file system with this much room the disk's first megabytes fit, and the root image does not.</summary>
    private const int Room = 2 << 20;

    public static IReadOnlyList<MediumFault> Real { get; } =
    [
        new("a read-only device", Failed with { Says = "denied", BeforeFirstWrite = true }, ScarceDisk.ReadOnlyDevice),
        new(
            "a disk image on a full file system",
            Failed with
            {
                Says = "No space left on device",
            },
            path => ScarceDisk.FileWithoutRoom(path, Room)
        ),
        new(
            "a device with less than it promises",
            Failed with
            {
                Says = "could not be",
            },
            path => ScarceDisk.DeviceWithoutRoom(path, Room)
        ),
    ];

    private static Outcome Failed => Outcome.Disk(ErrorCodes.DiskWriteFailed, "Input/output error");

    private static Outcome Mismatch => Outcome.Disk(ErrorCodes.ReadBackMismatch, "read back");

    private static DiskFault WriteFails(string name, long at) =>
        new(
            name,
            Failed,
            disk => new FailingDisk(disk) { FailsToWrite = (offset, length) => IsIn(at, offset, length) }
        );

    private static DiskFault ReadFails(string name, long at) =>
        new(
            name,
            Outcome.Disk(ErrorCodes.DiskUnreadable, "Input/output error"),
            disk => new FailingDisk(disk) { FailsToRead = (offset, length) => IsIn(at, offset, length) }
        );

    private static DiskFault FlushFails(string name, int number, bool beforeFirstWrite = false) =>
        new(
            name,
            Failed with
            {
                BeforeFirstWrite = beforeFirstWrite,
            },
            disk => new FailingDisk(disk) { FailsToFlush = n => n == number }
        );

    private static DiskFault Flips(string name, long at) => new(name, Mismatch, disk => new FlippingDisk(disk, at));

    private static DiskFault Forgets(string name, Func<long, int, int> keeps, bool beforeFirstWrite = false) =>
        new(name, Mismatch with { BeforeFirstWrite = beforeFirstWrite }, disk => new ForgettingDisk(disk, keeps));

    private static FailingDisk Gone(IBlockDevice disk)
    {
        var isGone = AfterRoot(_ => true);
        return new FailingDisk(disk) { FailsToWrite = isGone, FailsToRead = isGone };
    }

    private static ForgettingDisk LastTableIsLost(IBlockDevice disk)
    {
        var isLost = AfterRoot(IsTable);
        return new ForgettingDisk(disk, (offset, length) => isLost(offset, length) ? 0 : length);
    }

    private static FailingDisk LastFlushFails(IBlockDevice disk) => new(disk) { FailsToFlush = n => n == 8 };

    /// <summary>As the kernel may drop pages that it could not write.</summary>
    private static ForgettingDisk LastPrimaryIsLost(IBlockDevice disk)
    {
        var isLost = AfterRoot(offset => offset < FirstPartition);
        return new ForgettingDisk(disk, (offset, length) => isLost(offset, length) ? 0 : length);
    }

    /// <summary>From the moment on when root was begun.</summary>
    private static Func<long, int, bool> AfterRoot(Predicate<long> applies)
    {
        var isBegun = false;
        return (offset, _) =>
        {
            var result = isBegun && applies(offset);
            isBegun |= IsRoot(offset);
            return result;
        };
    }

    private static bool IsTable(long offset) => offset is < FirstPartition or >= BackupTable;

    private static bool IsRoot(long offset) => offset is >= Root and < Root + 3 * Sandbox.MiB;

    private static bool IsIn(long at, long offset, int length) => at >= offset && at < offset + length;
}
