namespace UpdateEngine.Disks;

/// <summary>Where the parts of a table lie, in sectors; the primary header is always at sector 1.</summary>
internal sealed record GptPlaces(long PrimaryEntriesLba, long BackupLba, long BackupEntriesLba)
{
    /// <summary>As the copies say; for one that is damaged the usual place, for which every header check keeps room.</summary>
    public static GptPlaces Of(GptCopy? primary, GptCopy? backup)
    {
        var usual = Default((primary ?? backup)!.Header);
        return new GptPlaces(
            primary?.Header.EntriesLba ?? usual.PrimaryEntriesLba,
            usual.BackupLba,
            backup?.Header.EntriesLba ?? usual.BackupEntriesLba
        );
    }

    public static GptPlaces Default(GptHeader header)
    {
        var backupLba = Math.Max(header.MyLba, header.AlternateLba);
        return new GptPlaces(GptHeader.PrimaryLba + 1, backupLba, backupLba - header.EntriesSectors);
    }
}

/// <summary>What a disk holds of its table.</summary>
/// <param name="Copy">The one that counts.</param>
/// <param name="Findings">What a person should know; empty when both copies are in order.</param>
/// <param name="NeedsRepair">One copy is damaged, or the two differ: the next write repairs it.</param>
internal sealed record GptReading(GptCopy Copy, GptPlaces Places, IReadOnlyList<string> Findings, bool NeedsRepair);

/// <summary>Finds the two copies of a table and decides which one counts.</summary>
internal static class GptReader
{
    private const int MinSectors = 6; // MBR, two headers, two copies of at least one sector of entries, one usable sector

    public static GptReading Read(IBlockDevice disk)
    {
        var problems = new List<string>();
        // The disk's own size first: what an earlier table of the other size left behind must not win.
        foreach (var sectorSize in new[] { disk.SectorSize, 512, 4096 }.Distinct())
        {
            if (disk.Length / sectorSize >= MinSectors && ReadAt(disk, sectorSize, problems) is { } found)
            {
                return found;
            }
        }

        var reason = problems.Count == 0 ? "it is too small" : string.Join("; ", problems);
        throw new UpdateException(
            ErrorCodes.DiskNoTable,
            $"{disk.Path} has no usable GUID partition table: {reason}.",
            "Check that this is the right disk; `sgdisk -v` shows what is left of a table."
        );
    }

    private static GptReading? ReadAt(IBlockDevice disk, int sectorSize, List<string> problems)
    {
        var primary = GptCopy.Read(disk, sectorSize, GptHeader.PrimaryLba, out var primaryProblem);
        var backupLba = primary?.Header.AlternateLba ?? FindBackup(disk, sectorSize);
        var backup = GptCopy.Read(disk, sectorSize, backupLba, out var backupProblem);
        var primaryText = $"the primary GPT header at sector 1 of {disk.Path} is damaged ({primaryProblem})";
        var backupText = $"the backup GPT header at sector {backupLba} of {disk.Path} is damaged ({backupProblem})";
        if ((primary ?? backup) is not { } winner)
        {
            problems.Add($"with sectors of {sectorSize} bytes {primaryText}, {backupText}");
            return null;
        }

        var findings = new List<string>();
        if (primary is null)
        {
            findings.Add($"{primaryText}; the backup is used; the next write repairs it");
        }
        else if (backup is null)
        {
            findings.Add($"{backupText}; the primary is used; the next write repairs it");
        }
        else if (!primary.SameContentAs(backup))
        {
            findings.Add(
                $"the two GPTs of {disk.Path} differ (a write was interrupted); the primary is used; the next write repairs it"
            );
        }

        var needsRepair = findings.Count > 0;
        if (backupLba != GptCopy.LastLba(disk, sectorSize))
        {
            findings.Add($"the backup GPT of {disk.Path} is not at its end (the disk has grown); `sgdisk -e` moves it");
        }

        return new GptReading(winner, GptPlaces.Of(primary, backup), findings, needsRepair);
    }

    // On a disk that has grown since its table was made (an image on a bigger disk) the backup is not at the end. A torn
    // primary still says where: no write of ours changes that field.
    private static long FindBackup(IBlockDevice disk, int sectorSize)
    {
        var lastLba = GptCopy.LastLba(disk, sectorSize);
        try
        {
            var sector = new byte[sectorSize];
            disk.Read(GptHeader.PrimaryLba * sectorSize, sector);
            var hint = GptHeader.HintOfAlternate(sector, lastLba) ?? lastLba;
            return GptCopy.Read(disk, sectorSize, hint, out _) is null ? lastLba : hint;
        }
        catch (UpdateException)
        {
            return lastLba;
        }
    }
}
