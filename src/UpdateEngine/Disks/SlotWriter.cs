namespace UpdateEngine.Disks;

/// <summary>Reads and writes the partitions of one slot that does not run (P3); nothing else of the disk can be reached through it.</summary>
public sealed class SlotWriter
{
    private readonly IBlockDevice _disk;
    private readonly Slot _target;

    /// <param name="disk">The disk of both slots; its lock is held by the caller.</param>
    /// <param name="running">The slot that runs, found from the mounted root.</param>
    /// <param name="target">The slot to write.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.RunningSlotWrite"/> when the target is the running slot or shares
    /// a sector with it; <see cref="ErrorCodes.SlotTooSmall"/> when the table promises more than the disk has.</exception>
    public SlotWriter(IBlockDevice disk, Slot running, Slot target)
    {
        var shared = target.Partitions.FirstOrDefault(p => running.Partitions.Any(p.Overlaps));
        if (target.Name == running.Name || target.Boot.Id == running.Boot.Id || shared is not null)
        {
            throw new UpdateException(
                ErrorCodes.RunningSlotWrite,
                $"Slot {target.Name} of {disk.Path} cannot be written: this host runs from slot {running.Name}"
                    + (shared is null ? "." : $", which shares sectors with its partition {shared.Index}.")
            );
        }

        if (target.Partitions.FirstOrDefault(p => p.Offset > disk.Length - p.Length) is { } beyond)
        {
            throw new UpdateException(
                ErrorCodes.SlotTooSmall,
                $"Partition {beyond.Index} of slot {target.Name} ends beyond {disk.Path} ({disk.Length} bytes)."
            );
        }

        _disk = disk;
        _target = target;
    }

    public Slot Target => _target;

    /// <summary>The slot has a partition for this role.</summary>
    public bool Has(string role) => _target.Partition(role) is not null;

    /// <summary>Bytes that fit into the role's partition.</summary>
    public long Capacity(string role) => Partition(role).Length;

    /// <param name="role">"boot", "root" or "hash".</param>
    /// <param name="offset">Bytes from the start of the partition.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.SlotTooSmall"/> past the end of the partition (nothing is written
    /// then); <see cref="ErrorCodes.DiskWriteFailed"/>.</exception>
    public void Write(string role, long offset, ReadOnlySpan<byte> data) =>
        _disk.Write(Place(role, offset, data.Length), data);

    /// <summary>Fills the buffer from the role's partition.</summary>
    public void Read(string role, long offset, Span<byte> buffer) =>
        _disk.Read(Place(role, offset, buffer.Length), buffer);

    /// <summary>Returns when everything that was written is on the medium.</summary>
    public void Flush() => _disk.Flush();

    /// <summary>Makes later reads of this part of the partition come from the medium; flush before.</summary>
    public void DropCache(string role, long offset, long length) =>
        _disk.DropCache(Place(role, offset, length), length);

    private long Place(string role, long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var partition = Partition(role);
        return offset <= partition.Length - length
            ? partition.Offset + offset
            : throw new UpdateException(
                ErrorCodes.SlotTooSmall,
                $"The {role} image does not fit into slot {_target.Name}: partition {partition.Index} has {partition.Length} bytes.",
                "Publish a smaller image, or make the partitions larger when the host is installed next."
            );
    }

    private GptPartition Partition(string role) =>
        _target.Partition(role)
        ?? throw new UpdateException(
            ErrorCodes.DiskNoSlots,
            $"Slot {_target.Name} of {_disk.Path} has no {role} partition."
        );
}
