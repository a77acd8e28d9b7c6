using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

/// <summary>A real block device: it, not the file below it, says how large it and its sectors are.</summary>
public sealed class LoopDeviceTests
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public void ABlockDevice_IsAskedForItsSizes_AndHoldsATable(int sectorSize)
    {
        Assert.SkipUnless(Environment.UserName == "root", "attaching a loop device needs root");
        using var file = new TemporaryFile(32 << 20);
        var (exit, device) = Tool.Run("losetup", "--find", "--show", "--sector-size", $"{sectorSize}", file.Path);
        Assert.True(exit == 0, device);
        try
        {
            using var disk = BlockDevice.Open(device.Trim(), DiskAccess.ReadWrite);
            Assert.Equal((32L << 20, sectorSize), (disk.Length, disk.SectorSize));
            using var held = disk.LockExclusive();
            GuidPartitionTable
                .Create(disk.Length, sectorSize, SlotDisk.Partitions(2 << 20), SlotDisk.Id(99))
                .Commit(disk);
            disk.DropCache(0, disk.Length);
            Assert.Empty(GuidPartitionTable.Read(disk).Findings);
            Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", device.Trim()).Output);
        }
        finally
        {
            Tool.Run("losetup", "--detach", device.Trim());
        }
    }
}
