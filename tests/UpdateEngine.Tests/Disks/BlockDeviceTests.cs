using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

public sealed class BlockDeviceTests
{
    [Fact]
    public void WhatIsWritten_IsReadBack_FromTheMedium()
    {
        using var file = new TemporaryFile(1 << 20);
        using var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        Assert.Equal((1L << 20, 512), (disk.Length, disk.SectorSize));
        var data = Enumerable.Range(0, 8192).Select(i => (byte)(i % 251)).ToArray();
        disk.Write(4096, data);
        disk.Flush();
        disk.DropCache(0, disk.Length);
        disk.DropCache(0, 0);
        var read = new byte[8192];
        disk.Read(4096, read);
        Assert.Equal(data, read);
    }

    /// <summary>Whole blocks go past the page cache, ends and what is not aligned through it; they agree.</summary>
    [Theory]
    [InlineData(0, 1 << 20)]
    [InlineData(4096, (1 << 20) - 1)]
    [InlineData(8192, 4097)]
    [InlineData(8192, 100)]
    [InlineData(512, 8192)]
    public void AlignedAndOther_WritesAndReads_Agree(int offset, int length)
    {
        using var file = new TemporaryFile(4 << 20);
        using var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        var written = AlignedBuffer.Allocate(length);
        new Random(length).NextBytes(written.Span);
        // What the page cache holds of it is not what is read later.
        disk.Read(0, new byte[4 << 20]);
        disk.Write(offset, written.Span);
        var direct = AlignedBuffer.Allocate(length);
        disk.Read(offset, direct.Span);
        Assert.Equal(written.Span, direct.Span);
        var buffered = new byte[length + 1].AsSpan(1);
        disk.Read(offset, buffered);
        Assert.Equal(written.Span, buffered);
        disk.Flush();
        Assert.Equal(written.Span, File.ReadAllBytes(file.Path).AsSpan(offset, length));
    }

    [Theory]
    [InlineData(0, 1 << 20)]
    [InlineData(8192, (1 << 20) + 100)]
    [InlineData(4096, 4096)]
    public void Zeros_ReplaceWhatWasThere_AndNothingBesideIt(int offset, int length)
    {
        using var file = new TemporaryFile(4 << 20);
        var expected = new byte[4 << 20];
        new Random(1).NextBytes(expected);
        using (var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite))
        {
            disk.Write(0, expected);
            var zeros = AlignedBuffer.Allocate(length);
            zeros.Span.Clear();
            disk.Write(offset, zeros.Span);
            disk.Flush();
        }

        expected.AsSpan(offset, length).Clear();
        Assert.Equal(expected, File.ReadAllBytes(file.Path));
    }

    [Fact]
    public void Zeros_AreNotSentToADiskThatMakesThem()
    {
        using var file = new TemporaryFile(4 << 20);
        string[] probe = ["--zero-range", "--keep-size", "--length", "4096", file.Path];
        Assert.SkipUnless(Tool.Run("fallocate", probe).ExitCode == 0, "this file system makes no zeros");
        using var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        Assert.SkipUnless(disk.IsDirect, "this file system has no way past the page cache");
        var content = AlignedBuffer.Allocate(2 << 20);
        content.Span.Fill(1);
        disk.Write(0, content.Span);
        content.Span.Clear();
        disk.Write(1 << 20, content.Span[..(1 << 20)]);
        disk.Flush();
        Assert.Contains("unwritten", Tool.Run("filefrag", "-v", file.Path).Output);
    }

    [Fact]
    public void WholeBlocks_DoNotFillThePageCache()
    {
        using var file = new TemporaryFile(4 << 20);
        string[] probe = ["if=/dev/zero", $"of={file.Path}", "bs=4096", "count=1", "conv=notrunc", "oflag=direct"];
        Assert.SkipUnless(Tool.Run("dd", probe).ExitCode == 0, "this file system has no way past the page cache");
        using var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        Assert.True(disk.IsDirect);
        disk.Write(0, AlignedBuffer.Allocate(2 << 20).Span);
        Assert.Equal("0", Tool.Run("fincore", "--bytes", "--noheadings", "--output", "RES", file.Path).Output.Trim());
    }

    [Theory]
    [InlineData("missing", "there is no such file or device")]
    [InlineData("", "it is a directory")]
    public void WhatCannotBeOpened_SaysWhy(string name, string reason)
    {
        var folder = Directory.CreateTempSubdirectory();
        var path = Path.Combine(folder.FullName, name);
        var error = Assert.Throws<UpdateException>(() => BlockDevice.Open(path, DiskAccess.Read));
        Assert.Equal(ErrorCodes.DiskUnreadable, error.Code);
        Assert.Equal($"The disk {path} cannot be opened: {reason}.", error.Message);
        folder.Delete(recursive: true);
    }

    [Fact]
    public void AnyOtherReason_IsTheSystems() =>
        Assert.Contains(
            "Text file busy",
            Assert.Throws<UpdateException>(() => BlockDevice.Open("/proc/self/exe", DiskAccess.ReadWrite)).Message
        );

    [Fact]
    public void ADeviceThatIsNoDisk_IsRefused() =>
        Assert.Equal(
            ErrorCodes.DiskNoTable,
            Assert
                .Throws<UpdateException>(() =>
                {
                    using var disk = BlockDevice.Open("/dev/null", DiskAccess.Read);
                    GuidPartitionTable.Read(disk);
                })
                .Code
        );

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(4096, 1)]
    [InlineData(4000, 97)]
    [InlineData(long.MaxValue, 1)]
    public void OutsideOfTheDisk_NothingIsReadOrWritten(long offset, int length)
    {
        using var file = new TemporaryFile(4096);
        using var disk = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        var read = Assert.Throws<UpdateException>(() => disk.Read(offset, new byte[length]));
        var write = Assert.Throws<UpdateException>(() => disk.Write(offset, new byte[length]));
        Assert.Equal((ErrorCodes.DiskUnreadable, ErrorCodes.DiskWriteFailed), (read.Code, write.Code));
        Assert.Contains($"{file.Path} could not be written at byte {offset}", write.Message);
        Assert.Equal(4096, new FileInfo(file.Path).Length);
    }

    [Fact]
    public void AFileThatShrankMeanwhile_IsUnreadable()
    {
        using var file = new TemporaryFile(8192);
        using var disk = BlockDevice.Open(file.Path, DiskAccess.Read);
        using (var other = new FileStream(file.Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            other.SetLength(100);
        }

        Assert.Contains("was it truncated", Assert.Throws<UpdateException>(() => disk.Read(0, new byte[512])).Message);
    }

    [Fact]
    public void ADiskOpenedForReading_CannotBeWritten()
    {
        using var file = new TemporaryFile(4096);
        using var disk = BlockDevice.Open(file.Path, DiskAccess.Read);
        Assert.Equal(ErrorCodes.DiskWriteFailed, Assert.Throws<UpdateException>(() => disk.Write(0, [1])).Code);
    }

    [Fact]
    public void OnlyOneWriterHoldsTheLock()
    {
        using var file = new TemporaryFile(4096);
        using var first = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        using var second = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        using (first.LockExclusive())
        {
            Assert.Null(second.TryLockExclusive());
            Assert.Null(first.TryLockExclusive());
            var busy = Assert.Throws<UpdateException>(() => second.LockExclusive());
            Assert.Equal(ExitCode.Busy, busy.Code.Exit);
            BlockDevice.Open(file.Path, DiskAccess.Read).Dispose();
            Assert.NotEqual(0, Tool.Run("flock", "-n", file.Path, "true").ExitCode);
        }

        Assert.Equal(0, Tool.Run("flock", "-n", file.Path, "true").ExitCode);
        using var again = second.LockExclusive();
        Assert.Null(first.TryLockExclusive());
    }

    [Fact]
    public async Task WaitingForTheLock_EndsWhenItIsFree_OrWithBusy()
    {
        using var file = new TemporaryFile(4096);
        using var first = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        using var second = BlockDevice.Open(file.Path, DiskAccess.ReadWrite);
        var held = first.LockExclusive();
        var none = () => second.LockExclusiveAsync(TimeSpan.Zero, TimeProvider.System, CancellationToken.None);
        Assert.Equal(ErrorCodes.DiskBusy, (await Assert.ThrowsAsync<UpdateException>(none)).Code);
        var waiting = second.LockExclusiveAsync(TimeSpan.FromMinutes(1), TimeProvider.System, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        (await waiting).Dispose();
        first.LockExclusive().Dispose();
    }
}
