using System.Buffers.Binary;

namespace UpdateEngine.Disks;

/// <summary>
/// A GUID partition table in memory. Reading never writes; a change is durable when <see cref="Commit"/> returns, and until
/// then, whatever instant the power goes, a reader finds the old table or the new one.
/// </summary>
public sealed class GuidPartitionTable
{
    private readonly GptHeader _header;
    private readonly byte[] _entries;
    private readonly List<GptPartition> _partitions;
    private readonly GptPlaces _places;
    private byte[]? _onDisk; // entries that the disk is known to hold; null for a table that was not written yet
    private byte[]? _attempted; // entries of a commit that did not return

    private GuidPartitionTable(GptReading reading, bool isNew)
    {
        var copy = reading.Copy;
        _header = copy.Header;
        _entries = copy.Entries.ToArray();
        _partitions = [.. copy.Partitions];
        _places = reading.Places;
        _onDisk = isNew ? null : copy.Entries;
        Findings = reading.Findings;
        NeedsRepair = reading.NeedsRepair;
    }

    public Guid DiskId => _header.DiskId;

    /// <summary>Bytes of a sector of this table (not always that of the disk: an image may have been made for another).</summary>
    public int SectorSize => _header.Sector.Length;

    /// <summary>Used entries, in table order.</summary>
    public IReadOnlyList<GptPartition> Partitions => _partitions;

    /// <summary>What <see cref="Read"/> saw and a person should know; empty when both copies are in order.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>One copy is damaged, or the two differ (a write was interrupted); <see cref="Commit"/> repairs it.</summary>
    public bool NeedsRepair { get; private set; }

    /// <summary>Reads both copies; the primary wins if it is valid.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskNoTable"/> when neither copy can be read and passes
    /// every check of formats.md section 1; the message has the reason for each.</exception>
    public static GuidPartitionTable Read(IBlockDevice disk) => new(GptReader.Read(disk), isNew: false);

    /// <summary>A new table; nothing is written before <see cref="Commit"/>, which then also writes a protective MBR.</summary>
    /// <param name="diskLength">Size of the disk in bytes.</param>
    /// <param name="sectorSize">512 or 4096.</param>
    /// <param name="partitions">In table order, laid out one after the other.</param>
    /// <param name="diskId">GUID of the disk.</param>
    /// <param name="entryCount">Entries in the table, used or not.</param>
    /// <param name="alignment">Bytes; each partition starts at a multiple of it.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskTooSmall"/>.</exception>
    public static GuidPartitionTable Create(
        long diskLength,
        int sectorSize,
        IEnumerable<NewPartition> partitions,
        Guid diskId,
        int entryCount = 128,
        long alignment = 1 << 20
    )
    {
        var copy = GptMaker.Make(diskLength, sectorSize, [.. partitions], diskId, entryCount, alignment);
        return new GuidPartitionTable(
            new GptReading(copy, GptPlaces.Default(copy.Header), [], NeedsRepair: false),
            isNew: true
        );
    }

    /// <summary>The partition with this index (from 1), with its attributes as they are in memory now.</summary>
    public GptPartition Partition(int index) => _partitions[Position(index)];

    /// <summary>Changes an entry in memory.</summary>
    /// <param name="index">From 1.</param>
    public void SetAttributes(int index, ulong attributes)
    {
        var position = Position(index);
        _partitions[position] = _partitions[position] with { Attributes = attributes };
        var at = (index - 1) * _header.EntrySize + GptPartition.AttributesAt;
        BinaryPrimitives.WriteUInt64LittleEndian(_entries.AsSpan(at), attributes);
    }

    /// <summary>Makes the table durable. Also repairs a copy that is damaged. The caller holds the lock of the disk.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskWriteFailed"/>: the disk holds the old table or the new one;
    /// <see cref="ErrorCodes.ReadBackMismatch"/>: so it does, and keeps not what is written to it;
    /// <see cref="ErrorCodes.DiskTableChanged"/>: somebody else has written a table since this one was read, nothing was written.</exception>
    public void Commit(IBlockDevice disk)
    {
        // What the medium holds now decides the order, not what it held when the table was read: an earlier
        // commit of ours may have failed half-way since.
        var primary = ReadBack(disk, GptHeader.PrimaryLba, _places.PrimaryEntriesLba);
        var current = primary ?? ReadBack(disk, _places.BackupLba, _places.BackupEntriesLba);
        RefuseIfChanged(disk, current);
        _onDisk = _onDisk is null ? null : current?.Entries ?? _onDisk;
        _attempted = _entries.ToArray();
        var crc = Crc32.Of(_entries.AsSpan(0, _header.EntryCount * _header.EntrySize));
        if (_onDisk is null)
        {
            disk.Write(0, GptMaker.ProtectiveMbr(SectorSize, _places.BackupLba));
        }

        // Each copy is read back before the other one is touched: a disk that says yes and keeps nothing would leave the old flags to the boot
        // selector, and an image would be written into a slot that can boot.
        // Never write over the only valid copy, and never have both in flight between two flushes. The backup goes first,
        // so that a reader sees the old table until the new one is safe. Only if the primary is no valid copy, the backup
        // may be the only one, and stays until the primary is on the medium.
        if (primary is null)
        {
            WritePrimary(disk, crc);
            WriteBackup(disk, crc);
        }
        else
        {
            WriteBackup(disk, crc);
            WritePrimary(disk, crc);
        }

        _onDisk = _attempted;
        _attempted = null;
        NeedsRepair = false;
    }

    private void WritePrimary(IBlockDevice disk, uint crc) =>
        WriteCopy(disk, crc, GptHeader.PrimaryLba, _places.BackupLba, _places.PrimaryEntriesLba);

    private void WriteBackup(IBlockDevice disk, uint crc) =>
        WriteCopy(disk, crc, _places.BackupLba, GptHeader.PrimaryLba, _places.BackupEntriesLba);

    // Entries, then the header that makes them valid, in one sector. Between the two a copy is invalid whatever part of
    // it reached the medium, because the header's CRC covers the CRC of the entries. On the medium when this returns.
    private void WriteCopy(IBlockDevice disk, uint crc, long lba, long alternateLba, long entriesLba)
    {
        disk.Write(entriesLba * SectorSize, _entries);
        disk.Write(lba * SectorSize, _header.Render(lba, alternateLba, entriesLba, crc));
        disk.Flush();
        if (ReadBack(disk, lba, entriesLba) is not { } written || !Holds(written, _entries))
        {
            throw new UpdateException(
                ErrorCodes.ReadBackMismatch,
                $"What was read back from {disk.Path} at byte {lba * SectorSize} is not the partition table that was written there.",
                "Check the disk (smartctl, kernel log), and whether another program writes to it."
            );
        }
    }

    private GptCopy? ReadBack(IBlockDevice disk, long lba, long entriesLba)
    {
        disk.DropCache(lba * SectorSize, SectorSize);
        disk.DropCache(entriesLba * SectorSize, _entries.Length);
        return GptCopy.Read(disk, SectorSize, lba, out _);
    }

    private void RefuseIfChanged(IBlockDevice disk, GptCopy? current)
    {
        var isOurs =
            current is null
            || _onDisk is null
            || (current.Header.DiskId == DiskId && (Holds(current, _onDisk) || Holds(current, _attempted)));
        if (!isOurs)
        {
            throw new UpdateException(
                ErrorCodes.DiskTableChanged,
                $"The partition table of {disk.Path} was changed by another program since it was read; nothing was written.",
                "Run the operation again."
            );
        }
    }

    private static bool Holds(GptCopy copy, byte[]? entries) =>
        entries is not null && copy.Entries.AsSpan().SequenceEqual(entries);

    private int Position(int index)
    {
        var position = _partitions.FindIndex(p => p.Index == index);
        return position >= 0
            ? position
            : throw new ArgumentOutOfRangeException(nameof(index), index, "No such partition.");
    }
}
