using UpdateEngine;
using UpdateEngine.Disks;

namespace RepoTools.Disks;

/// <summary>What a publisher asks of a new disk. Sizes are bytes; null follows from the image.</summary>
/// <param name="Images">Role to file: boot, root, and hash where the disk has one.</param>
/// <param name="FirstStage">Image of an EFI system partition, which the firmware starts; null: the disk has none.</param>
internal sealed record DiskRequest(
    IReadOnlyDictionary<string, string> Images,
    long? Boot,
    long? Root,
    long? Hash,
    long Private,
    long Data,
    int SectorSize,
    string? FirstStage = null
);

/// <summary>
/// The layout of a new disk: the partitions of slot A, those of slot B, then private and data, and the first stage; slot A boots, slot B is empty. A rule
/// on sizes; every refusal is here, before the first write.
/// </summary>
/// <param name="Contents">Label of a partition to the file that goes into it.</param>
internal sealed record DiskPlan(
    long Length,
    int SectorSize,
    IReadOnlyList<NewPartition> Partitions,
    IReadOnlyDictionary<string, string> Contents
)
{
    public const long MiB = 1 << 20;

    private const string FirstStage = "FIRST-STAGE";

    /// <summary>Partitions begin at whole MiB; as much before the first and after the last holds the two copies of the table.</summary>
    private const long TableRoom = MiB;

    /// <summary>A slot that is exactly as large as today's image could not take tomorrow's.</summary>
    private const int GrowthPercent = 25;

    private static readonly BootFlags s_factoryA = new(1, 0, true);
    private static readonly BootFlags s_factoryB = BootFlags.Cleared;

    public static DiskPlan Make(DiskRequest request, Func<string, long> lengthOf, Func<Guid> newId)
    {
        var boot = SizeOf("boot", request.Boot);
        var root = SizeOf("root", request.Root);
        long? hash = request.Hash is null && !request.Images.ContainsKey("hash") ? null : SizeOf("hash", request.Hash);
        NewPartition[] partitions =
        [
            .. Slot("A", s_factoryA),
            .. Slot("B", s_factoryB),
            new(PartitionTypes.Private, newId(), "PRIVATE", WholeMiB(request.Private)),
            new(PartitionTypes.Data, newId(), "DATA", WholeMiB(request.Data)),
            .. request.FirstStage is { } stage
                ? (NewPartition[])[new(PartitionTypes.EfiSystem, newId(), FirstStage, WholeMiB(lengthOf(stage)))]
                : [],
        ];
        var length = checked(partitions.Sum(p => p.Length!.Value) + 2 * TableRoom);
        var contents = request.Images.ToDictionary(i => $"{i.Key.ToUpperInvariant()}-A", i => i.Value);
        if (request.FirstStage is { } firstStage)
        {
            contents[FirstStage] = firstStage;
        }

        return new DiskPlan(length, request.SectorSize, partitions, contents);

        IEnumerable<NewPartition> Slot(string name, BootFlags flags)
        {
            yield return new(PartitionTypes.Boot, newId(), $"BOOT-{name}", boot, flags.ApplyTo(0));
            yield return new(PartitionTypes.Root, newId(), $"ROOT-{name}", root);
            if (hash is { } size)
            {
                yield return new(PartitionTypes.Hash, newId(), $"HASH-{name}", size);
            }
        }

        long SizeOf(string role, long? wanted)
        {
            var image = request.Images.TryGetValue(role, out var path) ? lengthOf(path) : 0;
            var size = WholeMiB(wanted ?? checked(image + image / 100 * GrowthPercent));
            return image <= size ? size : throw TooLarge(role, path!, image, size);
        }
    }

    private static long WholeMiB(long bytes) => checked((bytes + MiB - 1) / MiB * MiB);

    private static UpdateException TooLarge(string role, string path, long image, long size) =>
        new(
            ErrorCodes.SlotTooSmall,
            $"The {role} image {path} has {image} bytes and does not fit into the {role} partition of {size} bytes; nothing was written.",
            $"Give a larger --size-{role}."
        );
}
