using UpdateEngine.Boot;
using UpdateEngine.Disks;

namespace UpdateEngine.Tests.Simulators;

/// <summary>
/// A small disk with two slots. A release is a byte: every sector of a complete slot is filled with it, so that a slot that mixes
/// two of them is known for half-written.
/// </summary>
internal static class SlotDisk
{
    public const int SectorsPerPartition = 3;
    public static readonly BootFlags Factory = new(1, 0, true);
    public static readonly string[] ImageRoles = [Roles.Boot, Roles.Root, Roles.Hash];

    public static Guid Id(int n) => new($"00000000-0000-4000-8000-{n:x12}");

    /// <summary>Boot A is entry 1 and boot B entry 5: with 512-byte sectors, a step that changes both changes two sectors.</summary>
    public static List<NewPartition> Partitions(long length) =>
        [
            new(PartitionTypes.Boot, Id(1), "boot-a", length),
            new(PartitionTypes.Root, Id(2), "root-a", length),
            new(PartitionTypes.Hash, Id(3), "hash-a", length),
            new(PartitionTypes.EfiSystem, Id(4), "esp", length),
            new(PartitionTypes.Boot, Id(5), "boot-b", length),
            new(PartitionTypes.Root, Id(6), "root-b", length),
            new(PartitionTypes.Hash, Id(7), "hash-b", length),
            new(PartitionTypes.Private, Id(8), "private", length),
            new(PartitionTypes.Data, Id(9), "data", null),
        ];

    public static RecordedDisk Make(BootFlags a, BootFlags b, int sectorSize = 512, int entryCount = 128)
    {
        var tableBytes = Math.Max(16384, entryCount * 128);
        var length = 2L * tableBytes + (10 * SectorsPerPartition + 8L) * sectorSize;
        var disk = new RecordedDisk(new byte[length / sectorSize * sectorSize], sectorSize);
        var partitions = Partitions(SectorsPerPartition * sectorSize);
        partitions[0] = partitions[0] with { Attributes = a.ApplyTo(0) };
        partitions[4] = partitions[4] with { Attributes = b.ApplyTo(0) };
        GuidPartitionTable.Create(length, sectorSize, partitions, Id(99), entryCount, sectorSize).Commit(disk);
        disk.Operations.Clear();
        return disk;
    }

    /// <summary>As it leaves the factory: release 1 in slot A, rubbish in B.</summary>
    public static RecordedDisk MakeFactory(int sectorSize = 512, int entryCount = 128)
    {
        var disk = Make(Factory, BootFlags.Cleared, sectorSize, entryCount);
        var slots = Slots(disk);
        foreach (var partition in slots.A.Partitions)
        {
            disk.Image.AsSpan((int)partition.Offset, (int)partition.Length).Fill(1);
        }

        disk.Image.AsSpan((int)slots.B.Root.Offset, sectorSize).Fill(0xBB);
        return disk;
    }

    public static SlotSet Slots(IBlockDevice disk) =>
        SlotSet.Find(GuidPartitionTable.Read(disk), SlotLayout.Default, disk.Path);

    public static Signpost Signpost(IBlockDevice disk, string running)
    {
        var table = GuidPartitionTable.Read(disk);
        var slots = SlotSet.Find(table, SlotLayout.Default, disk.Path);
        return new Signpost(table, slots, running == "A" ? slots.A : slots.B);
    }

    public static BootFlags Flags(IBlockDevice disk, string slot)
    {
        var signpost = Signpost(disk, slot);
        return signpost.Flags(signpost.Running);
    }

    /// <summary>The release in a slot; null: half-written.</summary>
    public static int? Release(byte[] image, Slot slot)
    {
        var first = image[slot.Boot.Offset];
        foreach (var partition in slot.Partitions)
        {
            if (image.AsSpan((int)partition.Offset, (int)partition.Length).ContainsAnyExcept(first))
            {
                return null;
            }
        }

        return first;
    }
}
