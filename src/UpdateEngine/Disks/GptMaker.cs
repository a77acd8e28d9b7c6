using System.Buffers.Binary;

namespace UpdateEngine.Disks;

/// <summary>A partition to be laid out in a new table.</summary>
/// <param name="Length">Bytes, rounded up to whole sectors; null takes what is left (the last partition only).</param>
public sealed record NewPartition(Guid Type, Guid Id, string Label, long? Length, ulong Attributes = 0);

/// <summary>Lays out a new table.</summary>
internal static class GptMaker
{
    private const int MinTableBytes = 16 * 1024; // UEFI 2.10, section 5.3.1: the room that is reserved for entries
    private const int MaxLabel = 36;

    public static GptCopy Make(
        long diskLength,
        int sectorSize,
        IReadOnlyList<NewPartition> partitions,
        Guid diskId,
        int entryCount,
        long alignment
    )
    {
        if (sectorSize is not (512 or 4096) || alignment < sectorSize || alignment % sectorSize != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(sectorSize),
                sectorSize,
                "512 or 4096, and alignment a multiple of it."
            );
        }

        ArgumentOutOfRangeException.ThrowIfGreaterThan(entryCount, GptLimits.MaxEntryCount);
        ArgumentOutOfRangeException.ThrowIfLessThan(entryCount, Math.Max(1, partitions.Count));
        var lastLba = diskLength / sectorSize - 1;
        var reserved = Math.Max(
            GptHeader.SectorsFor(entryCount, GptLimits.MinEntrySize, sectorSize),
            MinTableBytes / sectorSize
        );
        var (first, last) = (2 + reserved, lastLba - 1 - reserved);
        if (first > last)
        {
            throw TooSmall($"{diskLength} bytes hold no table and no partition.");
        }

        var header = GptHeader.Create(sectorSize, diskId, entryCount, first, last, lastLba);
        var laidOut = LayOut(partitions, header, alignment / sectorSize);
        var entries = new byte[header.EntriesSectors * sectorSize];
        foreach (var partition in laidOut)
        {
            partition.WriteTo(entries.AsSpan((partition.Index - 1) * GptLimits.MinEntrySize));
        }

        return new GptCopy(header, entries, laidOut);
    }

    /// <summary>An MBR that says "all of this is taken" to tools that do not know GPT (UEFI 2.10, section 5.2.3).</summary>
    public static byte[] ProtectiveMbr(int sectorSize, long lastLba)
    {
        var sector = new byte[sectorSize];
        var entry = sector.AsSpan(446, 16);
        entry[2] = 2; // cylinder/head/sector of sector 1
        entry[4] = 0xEE;
        entry.Slice(5, 3).Fill(0xFF);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], (uint)Math.Min(lastLba, uint.MaxValue));
        (sector[510], sector[511]) = (0x55, 0xAA);
        return sector;
    }

    private static List<GptPartition> LayOut(IReadOnlyList<NewPartition> wanted, GptHeader header, long alignment)
    {
        var sectorSize = header.Sector.Length;
        var laidOut = new List<GptPartition>();
        var next = header.FirstUsableLba;
        foreach (var partition in wanted)
        {
            var first = (next + alignment - 1) / alignment * alignment;
            // "The rest" ends where another partition could begin, as sgdisk advises.
            var rest = (header.LastUsableLba + 1) / alignment * alignment - 1;
            var last = partition.Length is { } length ? first + (length - 1) / sectorSize : rest;
            if (partition.Length is <= 0 || partition.Label.Length > MaxLabel || partition.Type == Guid.Empty)
            {
                throw new ArgumentException(
                    $"Partition {partition.Label} needs a length, a type, and a label of at most 36.",
                    nameof(wanted)
                );
            }

            if (first > last || last > header.LastUsableLba)
            {
                throw TooSmall($"Partition {laidOut.Count + 1} ({partition.Label}) does not fit.");
            }

            var index = laidOut.Count + 1;
            laidOut.Add(
                new(index, partition.Type, partition.Id, partition.Label, first, last, partition.Attributes, sectorSize)
            );
            next = last + 1;
        }

        return laidOut;
    }

    private static UpdateException TooSmall(string reason) =>
        new(
            ErrorCodes.DiskTooSmall,
            $"The disk is too small: {reason}",
            "Make the disk larger or its partitions smaller."
        );
}
