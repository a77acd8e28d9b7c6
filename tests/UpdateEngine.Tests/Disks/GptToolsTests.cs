using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

/// <summary>Our tables against the tools that people have: sgdisk and cgpt, on a disk image in a file.</summary>
public sealed class GptToolsTests
{
    private const long DiskBytes = 32 << 20;

    [Theory]
    [InlineData(128)]
    [InlineData(256)]
    public void SgdiskFindsNoProblem_InATableOfOurs(int entryCount)
    {
        using var file = MakeDisk(entryCount);
        AssertClean(file);
        var (_, text) = Tool.Run("sgdisk", "-i", "5", file.Path);
        Assert.Contains("Partition name: 'boot-b'", text);
        Assert.Contains(SlotDisk.Id(5).ToString().ToUpperInvariant(), text);
        Assert.Contains(PartitionTypes.Boot.ToString().ToUpperInvariant(), text);
    }

    [Fact]
    public void CgptShowsTheFlags_ThatWeWrote()
    {
        using var file = MakeDisk();
        foreach (var flags in new BootFlags[] { new(15, 0, true), new(0, 15, false), new(2, 3, true), default })
        {
            using (var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite))
            {
                var table = GuidPartitionTable.Read(disk);
                table.SetAttributes(5, flags.ApplyTo(table.Partition(5).Attributes));
                table.Commit(disk);
            }

            var shown = new BootFlags(Cgpt(file, "-P"), Cgpt(file, "-T"), Cgpt(file, "-S") == 1);
            Assert.Equal(flags, shown);
        }
    }

    [Theory]
    [InlineData(15, 0, 1)]
    [InlineData(1, 15, 0)]
    [InlineData(0, 0, 0)]
    public void FlagsThatCgptWrote_AreReadByUs(int priority, int tries, int successful)
    {
        using var file = MakeDisk();
        Ok(Tool.Run("cgpt", "add", "-i", "5", "-P", $"{priority}", "-T", $"{tries}", "-S", $"{successful}", file.Path));
        using var disk = BlockDevice.Open(file.Path, DiskAccess.Read);
        Assert.Equal(new BootFlags(priority, tries, successful == 1), SlotDisk.Flags(disk, "B"));
        Assert.Empty(GuidPartitionTable.Read(disk).Findings);
    }

    [Fact]
    public void AfterTheLossOfThePrimary_OneCommitOfOurs_MakesSgdiskContentAgain()
    {
        using var file = MakeDisk();
        using (var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite))
        {
            disk.Write(512, new byte[33 * 512]);
            disk.Flush();
            var signpost = SlotDisk.Signpost(disk, "A");
            signpost.BeginWrite();
            signpost.Commit(disk);
        }

        AssertClean(file);
    }

    [Fact]
    public void ATableThatSgdiskMade_IsReadAndWrittenByUs()
    {
        using var file = new TemporaryFile(DiskBytes);
        Ok(
            Tool.Run(
                "sgdisk",
                "-n",
                "1:0:+1M",
                "-n",
                "3:0:+2M",
                "-t",
                $"3:{PartitionTypes.Boot}",
                "-c",
                "3:boot",
                "-A",
                "3:set:2",
                file.Path
            )
        );
        using (var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite))
        {
            var table = GuidPartitionTable.Read(disk);
            Assert.Empty(table.Findings);
            Assert.Equal([1, 3], table.Partitions.Select(p => p.Index));
            var boot = table.Partition(3);
            Assert.Equal(
                (PartitionTypes.Boot, "boot", 2L << 20, 4UL),
                (boot.Type, boot.Label, boot.Length, boot.Attributes)
            );
            table.SetAttributes(3, new BootFlags(1, 0, true).ApplyTo(boot.Attributes));
            table.Commit(disk);
        }

        AssertClean(file);
        Assert.Contains("Attribute flags: 0101000000000004", Tool.Run("sgdisk", "-i", "3", file.Path).Output);
    }

    [Fact]
    public void ATrySpentByUs_IsSeenByCgpt()
    {
        using var file = MakeDisk();
        Ok(Tool.Run("cgpt", "add", "-i", "5", "-P", "2", "-T", "3", "-S", "0", file.Path));
        using (var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite))
        {
            Assert.Equal("B", BootSelection.SelectAndSpend(disk, SlotLayout.Default).Slot.Name);
        }

        Assert.Equal(2, Cgpt(file, "-T"));
        AssertClean(file);
    }

    private static TemporaryFile MakeDisk(int entryCount = 128)
    {
        var file = new TemporaryFile(DiskBytes);
        using var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        var partitions = SlotDisk.Partitions(2 << 20);
        partitions[0] = partitions[0] with { Attributes = SlotDisk.Factory.ApplyTo(0) };
        GuidPartitionTable.Create(disk.Length, 512, partitions, SlotDisk.Id(99), entryCount).Commit(disk);
        return file;
    }

    private static int Cgpt(TemporaryFile file, string field) =>
        int.Parse(Ok(Tool.Run("cgpt", "show", "-i", "5", field, file.Path)).Trim());

    private static void AssertClean(TemporaryFile file)
    {
        var text = Ok(Tool.Run("sgdisk", "-v", file.Path));
        Assert.Contains("No problems found", text);
        Assert.DoesNotContain("Caution", text);
        Assert.DoesNotContain("Warning", text);
    }

    private static string Ok((int ExitCode, string Output) run)
    {
        Assert.True(run.ExitCode == 0, run.Output);
        return run.Output;
    }
}
