namespace UpdateEngine.Tests.Hosts;

/// <summary>How large a sandbox's disk and its parts are, in bytes.</summary>
internal sealed record DiskShape(long Length, int SectorSize, int EntryCount, long Alignment, long Boot, long Root)
{
    public static readonly DiskShape Usual = new(16 << 20, 512, 128, 1 << 20, 1 << 20, 3 << 20);

    /// <summary>As small as a table of that many entries allows: partitions of some sectors each.</summary>
    public static DiskShape Tiny(int sectorSize, int entryCount, int bootSectors, int rootSectors)
    {
        var table = Math.Max(16384, entryCount * 128);
        var sectors = 2 * (table / sectorSize) + 2 * (bootSectors + rootSectors) + 8;
        return new DiskShape(
            (long)sectors * sectorSize,
            sectorSize,
            entryCount,
            sectorSize,
            (long)bootSectors * sectorSize,
            (long)rootSectors * sectorSize
        );
    }
}
