using UpdateEngine.Boot;
using UpdateEngine.Disks;

namespace UpdateEngine.Updates;

/// <summary>The disk of a host: its table, its slots, and which of them runs.</summary>
public sealed class HostDisk : IDisposable
{
    /// <summary>udev holds a shared lock on a disk for a moment after each writer has closed it; another engine holds its own for minutes.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly UpdateException? _whyUnknown;
    private IDisposable? _lock;

    private HostDisk(
        IBlockDevice disk,
        GuidPartitionTable table,
        SlotSet slots,
        Slot? running,
        string? bootId,
        UpdateException? whyUnknown
    )
    {
        (Disk, Table, Slots, RunningOrNull, BootId, _whyUnknown) = (disk, table, slots, running, bootId, whyUnknown);
    }

    public IBlockDevice Disk { get; }
    public GuidPartitionTable Table { get; }
    public SlotSet Slots { get; }

    /// <summary>The slot that runs; null when that is not certain (then nothing may be written).</summary>
    public Slot? RunningOrNull { get; }

    /// <summary>Tells this boot from every other; null when no slot runs.</summary>
    public string? BootId { get; }

    /// <summary>Why <see cref="RunningOrNull"/> is null.</summary>
    public string? WhyUnknown => _whyUnknown?.Message;

    /// <exception cref="UpdateException"><see cref="ErrorCodes.RunningSlotUnknown"/>.</exception>
    public Slot Running => RunningOrNull ?? throw _whyUnknown!;

    public Slot Other => Slots.Other(Running);

    /// <summary>For looking only.</summary>
    public static HostDisk OpenForReading(Host host) => Open(host, DiskAccess.Read);

    /// <summary>For writing: holds the disk's lock, beside the host's own (two hosts' directories may share a disk).</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskBusy"/>.</exception>
    public static Task<HostDisk> OpenForWritingAsync(Host host, CancellationToken stop) =>
        OpenForWritingAsync(host, s_patience, stop);

    /// <summary>As <see cref="OpenForWritingAsync"/>, but waits for the lock as long as it takes.</summary>
    public static Task<HostDisk> WaitForWritingAsync(Host host, CancellationToken stop) =>
        OpenForWritingAsync(host, TimeSpan.MaxValue, stop);

    public Signpost Signpost() => new(Table, Slots, Running);

    public void Dispose()
    {
        _lock?.Dispose();
        Disk.Dispose();
    }

    // The lock comes before the table is read: what another writer changes meanwhile would be undone by our commit.
    private static async Task<HostDisk> OpenForWritingAsync(Host host, TimeSpan patience, CancellationToken stop)
    {
        var disk = BlockDevice.Open(host.DiskPath, DiskAccess.ReadWrite);
        try
        {
            var held = await disk.LockExclusiveAsync(patience, host.Time, stop);
            return WithTable(host, disk, held);
        }
        catch
        {
            disk.Dispose();
            throw;
        }
    }

    private static HostDisk Open(Host host, DiskAccess access) =>
        WithTable(host, BlockDevice.Open(host.DiskPath, access), null);

    private static HostDisk WithTable(Host host, BlockDevice device, IDisposable? held)
    {
        var disk = host.Medium(device);
        try
        {
            var table = GuidPartitionTable.Read(disk);
            var slots = SlotSet.Find(table, SlotLayout.Default, disk.Path);
            var (running, bootId, fault) = FindRunning(host, slots);
            return new HostDisk(disk, table, slots, running, bootId, fault) { _lock = held };
        }
        catch
        {
            held?.Dispose();
            disk.Dispose();
            throw;
        }
    }

    private static (Slot?, string?, UpdateException?) FindRunning(Host host, SlotSet slots)
    {
        try
        {
            var boot = BootRecord.Read(host.Paths);
            var slot = boot.Partition is { } id ? slots.ByBootPartition(id) : null;
            var mounted = host.Paths.IsSandbox ? slot?.Root.Id : MountedRoot.Find(slots, host.DiskPath);
            return (BootedSlot.Resolve(slots, boot.Partition, mounted), boot.BootId, null);
        }
        catch (UpdateException e) when (e.Code == ErrorCodes.RunningSlotUnknown)
        {
            return (null, null, e);
        }
    }
}
