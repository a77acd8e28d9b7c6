using System.Buffers.Binary;

namespace UpdateEngine.Disks;

/// <summary>One GPT header that passed every check of its own sector (UEFI 2.10, table 5.5). LBAs count sectors of the table's size.</summary>
internal sealed record GptHeader
{
    public const long PrimaryLba = 1;

    private static ReadOnlySpan<byte> Signature => "EFI PART"u8;

    private GptHeader(byte[] sector) => Sector = sector;

    /// <summary>The sector as read, the template of what is written back: fields that we do not know stay as they are.</summary>
    public byte[] Sector { get; }

    public int Size => Int(12);
    public long MyLba => Long(24);
    public long AlternateLba => Long(32);
    public long FirstUsableLba => Long(40);
    public long LastUsableLba => Long(48);
    public Guid DiskId => new(Sector.AsSpan(56, 16));
    public long EntriesLba => Long(72);
    public int EntryCount => Int(80);
    public int EntrySize => Int(84);
    public uint EntriesCrc => BinaryPrimitives.ReadUInt32LittleEndian(Sector.AsSpan(88));
    public bool IsPrimary => MyLba == PrimaryLba;

    /// <summary>Sectors that one copy of the entries takes.</summary>
    public long EntriesSectors => SectorsFor(EntryCount, EntrySize, Sector.Length);

    public static long SectorsFor(int entryCount, int entrySize, int sectorSize) =>
        ((long)entryCount * entrySize + sectorSize - 1) / sectorSize;

    public static bool HasSignature(ReadOnlySpan<byte> sector) => sector.StartsWith(Signature);

    /// <summary>Where a header, even a damaged one, says that its other copy is: a hint that the copy itself must confirm.</summary>
    public static long? HintOfAlternate(ReadOnlySpan<byte> sector, long lastLba)
    {
        var lba = BinaryPrimitives.ReadUInt64LittleEndian(sector[32..]);
        return HasSignature(sector) && lba > PrimaryLba && lba <= (ulong)lastLba ? (long)lba : null;
    }

    /// <summary>The header in a sector, or null and what is wrong with it.</summary>
    /// <param name="sector">One sector of the table's size; kept.</param>
    /// <param name="lba">Where it was read.</param>
    /// <param name="lastLba">The last sector of the disk.</param>
    public static GptHeader? Parse(byte[] sector, long lba, long lastLba, out string? problem)
    {
        var header = new GptHeader(sector);
        problem = header.ProblemOfBytes() ?? header.ProblemOfPlaces(lba, lastLba) ?? header.ProblemOfEntries();
        return problem is null ? header : null;
    }

    /// <summary>A header for a table that does not exist yet; <see cref="Render"/> fills in the copy's own fields.</summary>
    public static GptHeader Create(
        int sectorSize,
        Guid diskId,
        int entryCount,
        long firstUsable,
        long lastUsable,
        long lastLba
    )
    {
        var sector = new byte[sectorSize];
        Signature.CopyTo(sector);
        BinaryPrimitives.WriteUInt32LittleEndian(sector.AsSpan(8), 0x00010000); // revision 1.0
        BinaryPrimitives.WriteInt32LittleEndian(sector.AsSpan(12), GptLimits.MinHeaderSize);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(24), PrimaryLba);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(32), lastLba);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(40), firstUsable);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(48), lastUsable);
        diskId.TryWriteBytes(sector.AsSpan(56));
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(72), PrimaryLba + 1);
        BinaryPrimitives.WriteInt32LittleEndian(sector.AsSpan(80), entryCount);
        BinaryPrimitives.WriteInt32LittleEndian(sector.AsSpan(84), GptLimits.MinEntrySize);
        return new GptHeader(sector);
    }

    /// <summary>The sector of one copy of this header, with both CRCs.</summary>
    public byte[] Render(long myLba, long alternateLba, long entriesLba, uint entriesCrc)
    {
        var sector = Sector.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(24), myLba);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(32), alternateLba);
        BinaryPrimitives.WriteInt64LittleEndian(sector.AsSpan(72), entriesLba);
        BinaryPrimitives.WriteUInt32LittleEndian(sector.AsSpan(88), entriesCrc);
        BinaryPrimitives.WriteUInt32LittleEndian(sector.AsSpan(16), CrcOfHeader(sector.AsSpan(0, Size)));
        return sector;
    }

    private static uint CrcOfHeader(ReadOnlySpan<byte> header)
    {
        // The CRC is taken with its own field at zero.
        Span<byte> copy = header.ToArray();
        copy.Slice(16, 4).Clear();
        return Crc32.Of(copy);
    }

    // After these, the header is what somebody wrote.
    private string? ProblemOfBytes()
    {
        if (!HasSignature(Sector))
        {
            return "it has no signature";
        }

        var size = ULow(12);
        if (size < GptLimits.MinHeaderSize || size > Sector.Length)
        {
            return $"its size is {size} bytes";
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(Sector.AsSpan(16)) != CrcOfHeader(Sector.AsSpan(0, (int)size)))
        {
            return "its CRC does not match";
        }

        return ULow(8) >> 16 == 1 ? null : $"its revision is 0x{ULow(8):x8}";
    }

    // After these, every LBA lies on the disk, and sums of two of them cannot overflow.
    private string? ProblemOfPlaces(long lba, long lastLba)
    {
        foreach (var field in (ReadOnlySpan<int>)[24, 32, 40, 48, 72])
        {
            var value = BinaryPrimitives.ReadUInt64LittleEndian(Sector.AsSpan(field));
            if (value > (ulong)lastLba)
            {
                return $"it names sector {value}, the disk ends at {lastLba}";
            }
        }

        if (MyLba != lba)
        {
            return $"it says that it is at sector {MyLba}";
        }

        var alternateIsPlausible = IsPrimary ? AlternateLba > MyLba : AlternateLba == PrimaryLba;
        return alternateIsPlausible ? null : $"it says that its other copy is at sector {AlternateLba}";
    }

    // After these, both copies of the entries have room outside the usable sectors.
    private string? ProblemOfEntries()
    {
        var (count, size) = (ULow(80), ULow(84));
        if (size is < GptLimits.MinEntrySize or > GptLimits.MaxEntrySize || size % GptLimits.MinEntrySize != 0)
        {
            return $"its entries are {size} bytes long";
        }

        if (count is 0 or > GptLimits.MaxEntryCount || (long)count * size > GptLimits.MaxTableBytes)
        {
            return $"it announces {count} entries of {size} bytes";
        }

        var backupLba = Math.Max(MyLba, AlternateLba);
        if (
            FirstUsableLba > LastUsableLba
            || FirstUsableLba < PrimaryLba + 1 + EntriesSectors
            || LastUsableLba + EntriesSectors >= backupLba
        )
        {
            return $"its usable sectors {FirstUsableLba} to {LastUsableLba} leave no room for the table";
        }

        var isOutside = IsPrimary
            ? EntriesLba > PrimaryLba && EntriesLba + EntriesSectors <= FirstUsableLba
            : EntriesLba > LastUsableLba && EntriesLba + EntriesSectors <= MyLba;
        return isOutside ? null : $"its entries at sector {EntriesLba} lie among other data";
    }

    private uint ULow(int at) => BinaryPrimitives.ReadUInt32LittleEndian(Sector.AsSpan(at));

    private int Int(int at) => BinaryPrimitives.ReadInt32LittleEndian(Sector.AsSpan(at));

    private long Long(int at) => BinaryPrimitives.ReadInt64LittleEndian(Sector.AsSpan(at));
}
