namespace UpdateEngine.Disks;

/// <summary>One of the two copies of a table, valid in itself: header, entries, and the CRC that joins them.</summary>
internal sealed record GptCopy(GptHeader Header, byte[] Entries, IReadOnlyList<GptPartition> Partitions)
{
    /// <summary>The copy whose header is at a sector, or null and the reason. A disk error is such a reason too: the other copy may be readable.</summary>
    public static GptCopy? Read(IBlockDevice disk, int sectorSize, long lba, out string? problem)
    {
        try
        {
            var sector = new byte[sectorSize];
            disk.Read(lba * sectorSize, sector);
            return GptHeader.Parse(sector, lba, LastLba(disk, sectorSize), out problem) is { } header
                ? ReadEntries(disk, header, out problem)
                : null;
        }
        catch (UpdateException e)
        {
            problem = e.Message;
            return null;
        }
    }

    public static long LastLba(IBlockDevice disk, int sectorSize) => disk.Length / sectorSize - 1;

    public bool SameContentAs(GptCopy other) =>
        Header.DiskId == other.Header.DiskId && Entries.AsSpan().SequenceEqual(other.Entries);

    private static GptCopy? ReadEntries(IBlockDevice disk, GptHeader header, out string? problem)
    {
        // Whole sectors, so that what follows the entries in their last sector is written back as it was.
        var sectorSize = header.Sector.Length;
        var entries = new byte[header.EntriesSectors * sectorSize];
        disk.Read(header.EntriesLba * sectorSize, entries);
        if (Crc32.Of(entries.AsSpan(0, header.EntryCount * header.EntrySize)) != header.EntriesCrc)
        {
            problem = "the CRC of its entries does not match";
            return null;
        }

        var partitions = GptPartition.Parse(header, entries, out problem);
        return partitions is null ? null : new GptCopy(header, entries, partitions);
    }
}
