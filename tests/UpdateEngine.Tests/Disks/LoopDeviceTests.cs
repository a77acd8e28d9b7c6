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

    /// <summary>The kernel keeps what of the first and the last page lies outside of the range that it is told to drop, and with it the page.</summary>
    [Theory]
    [InlineData(512, 512)]
    [InlineData(1024, 16384)]
    [InlineData(8192, 4097)]
    [InlineData(1 << 20, 100)]
    [InlineData((4 << 20) - 512, 512)]
    public void WhatWasDroppedFromTheCache_IsReadFromTheMedium(int offset, int length)
    {
        Assert.SkipUnless(Environment.UserName == "root", "attaching a loop device needs root");
        using var file = new TemporaryFile(4 << 20);
        var (exit, device) = Tool.Run("losetup", "--find", "--show", file.Path);
        Assert.True(exit == 0, device);
        try
        {
            using var disk = BlockDevice.Open(device.Trim(), DiskAccess.ReadWrite);
            var written = new byte[length];
            written.AsSpan().Fill(1);
            disk.Write(offset, written);
            disk.Flush();
            var kept = new byte[length];
            kept.AsSpan().Fill(2);
            using (var medium = File.OpenHandle(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                RandomAccess.Write(medium, kept, offset);
                RandomAccess.FlushToDisk(medium);
            }

            disk.DropCache(offset, length);
            var read = new byte[length];
            disk.Read(offset, read);
            Assert.Equal(kept, read);
        }
        finally
        {
            Tool.Run("losetup", "--detach", device.Trim());
        }
    }
}
