using System.Buffers.Binary;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

public sealed class GuidPartitionTableTests
{
    [Theory]
    [InlineData(512, 128)]
    [InlineData(4096, 128)]
    [InlineData(512, 4)]
    [InlineData(512, 4096)]
    [InlineData(4096, 9)]
    public void ATableThatWasWritten_ReadsBackTheSame(int sectorSize, int entryCount)
    {
        var partitions = SlotDisk.Partitions(2 << 20).Take(Math.Min(entryCount, 9)).ToList();
        partitions[0] = partitions[0] with { Attributes = 0x8132_0000_0000_0005, Label = "Größe-日本" };
        using var disk = new RecordedDisk(new byte[32 << 20], sectorSize);
        var made = GuidPartitionTable.Create(disk.Length, sectorSize, partitions, SlotDisk.Id(77), entryCount);
        made.Commit(disk);
        var read = GuidPartitionTable.Read(disk);
        Assert.Empty(read.Findings);
        Assert.Equal((SlotDisk.Id(77), sectorSize), (read.DiskId, read.SectorSize));
        Assert.Equal(made.Partitions, read.Partitions);
        Assert.Equal(
            partitions.Select(p => (p.Type, p.Id, p.Label, p.Attributes)),
            read.Partitions.Select(p => (p.Type, p.Id, p.Label, p.Attributes))
        );
        Assert.All(read.Partitions, p => Assert.Equal(0, p.Offset % (1 << 20)));
        Assert.Equal(2 << 20, read.Partitions[0].Length);
    }

    [Fact]
    public void AnImageMadeFor4096ByteSectors_IsReadFromAFile()
    {
        var made = SlotDisk.Make(SlotDisk.Factory, default, 4096);
        using var file = new RecordedDisk(made.Image, sectorSize: 512);
        Assert.Equal(4096, GuidPartitionTable.Read(file).SectorSize);
        var signpost = SlotDisk.Signpost(file, "A");
        signpost.BeginWrite();
        signpost.Commit(file);
        Assert.Empty(GuidPartitionTable.Read(file).Findings);
    }

    [Fact]
    public void WritingATable_GoesBackupFlushPrimaryFlush_WithHeadersOfOneSector()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        GuidPartitionTable.Read(disk).Commit(disk);
        var end = disk.Length;
        Assert.Equal(
            [$"{end - 33 * 512}+16384", $"{end - 512}+512", "flush", "1024+16384", "512+512", "flush"],
            disk.Operations.Select(Text)
        );
    }

    [Fact]
    public void OverADamagedPrimary_ItGoesPrimaryFlushBackupFlush()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        disk.Image[520] ^= 1;
        GuidPartitionTable.Read(disk).Commit(disk);
        Assert.Equal(
            ["1024+16384", "512+512", "flush", $"{disk.Length - 33 * 512}+16384", $"{disk.Length - 512}+512", "flush"],
            disk.Operations.Select(Text)
        );
    }

    // The copy that is damaged between reading and writing counts as damaged.
    [Fact]
    public void APrimaryThatBreaksAfterTheRead_IsWrittenFirst()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        var table = GuidPartitionTable.Read(disk);
        disk.Image[520] ^= 1;
        table.Commit(disk);
        Assert.Equal("1024+16384", Text(disk.Operations[0]));
    }

    [Theory]
    [InlineData(512 + 0, "it has no signature")]
    [InlineData(512 + 16, "its CRC does not match")]
    [InlineData(512 + 60, "its CRC does not match")]
    [InlineData(1024 + 700, "the CRC of its entries does not match")]
    public void ADamagedPrimary_IsReported_TheBackupUsed_AndRepairedByTheNextWrite(int at, string reason)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        disk.Image[at] ^= 0x10;
        var table = GuidPartitionTable.Read(disk);
        Assert.Equal(
            $"the primary GPT header at sector 1 of /dev/recorded is damaged ({reason}); the backup is used; the next write repairs it",
            Assert.Single(table.Findings)
        );
        Assert.Equal(SlotDisk.Factory, SlotDisk.Flags(disk, "A"));
        table.Commit(disk);
        Assert.Empty(GuidPartitionTable.Read(disk).Findings);
    }

    [Theory]
    [InlineData(512)]
    [InlineData(33 * 512)]
    public void ADamagedBackup_IsReported_AndRepairedByTheNextWrite(int fromEnd)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        disk.Image[^fromEnd] ^= 0x10;
        var table = GuidPartitionTable.Read(disk);
        Assert.Contains("the backup GPT header at sector", Assert.Single(table.Findings));
        table.Commit(disk);
        Assert.Empty(GuidPartitionTable.Read(disk).Findings);
    }

    [Fact]
    public void APrimaryInABadSector_IsNoReasonNotToUseTheBackup()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        disk.FailsToRead = offset => offset == 512;
        Assert.Contains("could not be read at byte 512", Assert.Single(GuidPartitionTable.Read(disk).Findings));
    }

    [Fact]
    public void WithBothCopiesDamaged_TheErrorNamesBothReasons()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        disk.Image[512] ^= 1;
        disk.Image[^500] ^= 1;
        var error = Assert.Throws<UpdateException>(() => GuidPartitionTable.Read(disk));
        Assert.Equal(ErrorCodes.DiskNoTable, error.Code);
        Assert.Contains("no signature", error.Message);
        Assert.Contains("its CRC does not match", error.Message);
    }

    // Each field of the header, with CRCs that are right: what a tool with a fault, or an attacker, would write.
    [Theory]
    [InlineData(8, 4, 0x00020000, "its revision is 0x00020000")]
    [InlineData(12, 4, 91, "its size is 91 bytes")]
    [InlineData(12, 4, 513, "its size is 513 bytes")]
    [InlineData(12, 4, -1, "its size is 4294967295 bytes")]
    [InlineData(24, 8, 2, "it says that it is at sector 2")]
    [InlineData(32, 8, 1, "it says that its other copy is at sector 1")]
    [InlineData(32, 8, -1, "it names sector 18446744073709551615")]
    [InlineData(40, 8, 33, "leave no room for the table")]
    [InlineData(40, 8, 1000000, "it names sector 1000000")]
    [InlineData(48, 8, 33, "leave no room for the table")]
    [InlineData(48, 8, long.MinValue, "it names sector 9223372036854775808")]
    [InlineData(72, 8, 1, "lie among other data")]
    [InlineData(72, 8, 34, "lie among other data")]
    [InlineData(80, 4, 0, "it announces 0 entries")]
    [InlineData(80, 4, -1, "it announces 4294967295 entries of 128 bytes")]
    [InlineData(80, 4, 4097, "it announces 4097 entries")]
    [InlineData(84, 4, 0, "its entries are 0 bytes long")]
    [InlineData(84, 4, 64, "its entries are 64 bytes long")]
    [InlineData(84, 4, 192, "its entries are 192 bytes long")]
    [InlineData(84, 4, 1 << 30, "its entries are 1073741824 bytes long")]
    public void AHeaderFieldThatIsWrong_MakesItsCopyInvalid(int at, int size, long value, string reason)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        bytes[..size].CopyTo(disk.Image.AsSpan(512 + at));
        FixHeaderCrc(disk.Image);
        Assert.Contains(reason, Assert.Single(GuidPartitionTable.Read(disk).Findings));
    }

    [Theory]
    [InlineData(0, 32, 5, "partition 1 is said to be at sectors 5 to")]
    [InlineData(0, 32, 50, "partition 1 is said to be at sectors 50 to")]
    [InlineData(0, 40, -1, "to 18446744073709551615")]
    [InlineData(1, 32, 36, "partitions 1 and 2 overlap")]
    public void AnEntryThatIsWrong_MakesItsCopyInvalid(int entry, int at, long value, string reason)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        BinaryPrimitives.WriteInt64LittleEndian(disk.Image.AsSpan(1024 + 128 * entry + at), value);
        BinaryPrimitives.WriteUInt32LittleEndian(disk.Image.AsSpan(512 + 88), Crc32.Of(disk.Image.AsSpan(1024, 16384)));
        FixHeaderCrc(disk.Image);
        Assert.Contains(reason, Assert.Single(GuidPartitionTable.Read(disk).Findings));
    }

    [Fact]
    public void OnADiskThatHasGrown_TheBackupIsFoundWhereTheTornPrimarySays()
    {
        var made = SlotDisk.Make(SlotDisk.Factory, default);
        using var disk = new RecordedDisk([.. made.Image, .. new byte[100 * 512]]);
        Assert.Contains("the disk has grown", Assert.Single(GuidPartitionTable.Read(disk).Findings));
        disk.Image[512 + 90] ^= 1;
        var table = GuidPartitionTable.Read(disk);
        Assert.Contains("the backup is used", table.Findings[0]);
        table.Commit(disk);
        Assert.Single(GuidPartitionTable.Read(disk).Findings);
    }

    [Fact]
    public void EntriesLongerThan128Bytes_KeepTheirRest()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default, entryCount: 64);
        Lengthen(disk.Image, 512, 1024);
        Lengthen(disk.Image, disk.Image.Length - 512, disk.Image.Length - 17 * 512);
        var table = GuidPartitionTable.Read(disk);
        table.SetAttributes(2, 7);
        table.Commit(disk);
        var again = GuidPartitionTable.Read(disk);
        Assert.Empty(again.Findings);
        Assert.Equal(7UL, again.Partition(2).Attributes);
        Assert.Equal(0xAB, disk.Image[1024 + 256 + 200]);
    }

    [Fact]
    public void ATableThatSomebodyElseChanged_IsNotOverwritten()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        var ours = GuidPartitionTable.Read(disk);
        var theirs = GuidPartitionTable.Read(disk);
        theirs.SetAttributes(1, 0);
        theirs.Commit(disk);
        disk.Operations.Clear();
        Assert.Equal(ErrorCodes.DiskTableChanged, Assert.Throws<UpdateException>(() => ours.Commit(disk)).Code);
        Assert.Empty(disk.Operations);
        theirs.SetAttributes(1, 1);
        theirs.Commit(disk);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void ACommitThatFailed_CanBeRepeated_AndLeftATableBehind(int failingWrite)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        var table = GuidPartitionTable.Read(disk);
        table.SetAttributes(2, 9);
        var writes = 0;
        disk.FailsToWrite = _ => writes++ == failingWrite;
        Assert.Equal(ErrorCodes.DiskWriteFailed, Assert.Throws<UpdateException>(() => table.Commit(disk)).Code);
        Assert.NotEmpty(GuidPartitionTable.Read(disk).Partitions);
        table.SetAttributes(2, 10);
        table.Commit(disk);
        Assert.Equal(10UL, GuidPartitionTable.Read(disk).Partition(2).Attributes);
    }

    [Fact]
    public void CommitsThatFailAgainAndAgain_AreNotTakenForSomebodyElses()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        var table = GuidPartitionTable.Read(disk);
        for (var attempt = 0; attempt < 4; attempt++)
        {
            // Fails after the primary was written: the last flush.
            table.SetAttributes(2, (ulong)attempt);
            var flushes = 0;
            disk.FailsToFlush = () => ++flushes == 2;
            Assert.Equal(ErrorCodes.DiskWriteFailed, Assert.Throws<UpdateException>(() => table.Commit(disk)).Code);
            table.SetAttributes(2, 100 + (ulong)attempt);
            disk.FailsToWrite = _ => true;
            Assert.Equal(ErrorCodes.DiskWriteFailed, Assert.Throws<UpdateException>(() => table.Commit(disk)).Code);
            disk.FailsToWrite = _ => false;
        }

        disk.FailsToFlush = () => false;
        table.Commit(disk);
        Assert.Equal(103UL, GuidPartitionTable.Read(disk).Partition(2).Attributes);
    }

    [Fact]
    public void ADiskTooSmallForItsPartitions_IsRefused()
    {
        var error = Assert.Throws<UpdateException>(() =>
            GuidPartitionTable.Create(4 << 20, 512, SlotDisk.Partitions(1 << 20), SlotDisk.Id(1))
        );
        Assert.Equal(ErrorCodes.DiskTooSmall, error.Code);
        Assert.Throws<UpdateException>(() => GuidPartitionTable.Create(16384, 512, [], SlotDisk.Id(1)));
        using var tiny = new RecordedDisk(new byte[1024]);
        Assert.Equal(ErrorCodes.DiskNoTable, Assert.Throws<UpdateException>(() => GuidPartitionTable.Read(tiny)).Code);
    }

    // Two neighbours become one entry of 256 bytes whose second half must survive.
    private static void Lengthen(byte[] image, int header, int entries)
    {
        var old = image.AsSpan(entries, 64 * 128).ToArray();
        image.AsSpan(entries, 64 * 128).Clear();
        for (var i = 0; i < 32; i++)
        {
            old.AsSpan(i * 128, 128).CopyTo(image.AsSpan(entries + i * 256));
            image[entries + i * 256 + 200] = 0xAB;
        }

        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(header + 80), 32);
        BinaryPrimitives.WriteInt32LittleEndian(image.AsSpan(header + 84), 256);
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(header + 88), Crc32.Of(image.AsSpan(entries, 64 * 128)));
        FixHeaderCrc(image, header);
    }

    private static void FixHeaderCrc(byte[] image, int header = 512)
    {
        image.AsSpan(header + 16, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(header + 16), Crc32.Of(image.AsSpan(header, 92)));
    }

    private static string Text(DiskOperation operation) =>
        operation is DiskWrite write ? $"{write.Offset}+{write.Data.Length}" : "flush";
}
