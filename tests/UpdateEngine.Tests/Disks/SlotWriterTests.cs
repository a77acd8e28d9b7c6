using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

/// <summary>P3: the running slot is never written.</summary>
public sealed class SlotWriterTests : IDisposable
{
    private readonly RecordedDisk _disk = SlotDisk.MakeFactory();
    private readonly SlotSet _slots;

    public SlotWriterTests() => _slots = SlotDisk.Slots(_disk);

    public void Dispose() => _disk.Dispose();

    [Fact]
    public void TheRunningSlot_IsRefusedBeforeTheFirstWrite() => AssertRefused(_slots.A, _slots.A);

    [Fact]
    public void ATargetThatIsTheRunningSlotByAnotherName_IsRefused() =>
        AssertRefused(_slots.A, _slots.A with { Name = "B" });

    [Fact]
    public void ATargetThatSharesASectorWithTheRunningSlot_IsRefused()
    {
        var root = _slots.B.Root with { FirstLba = _slots.A.Root.LastLba };
        AssertRefused(_slots.A, _slots.B with { Root = root });
    }

    [Fact]
    public void ATargetBeyondTheDisk_IsRefused()
    {
        var root = _slots.B.Root with { LastLba = _disk.Length };
        var error = Assert.Throws<UpdateException>(() =>
            new SlotWriter(_disk, _slots.A, _slots.B with { Root = root })
        );
        Assert.Equal(ErrorCodes.SlotTooSmall, error.Code);
    }

    [Theory]
    [InlineData("boot")]
    [InlineData("root")]
    [InlineData("hash")]
    public void WritingAWholeRole_ChangesItsPartitionOnly(string role)
    {
        var before = _disk.Image.ToArray();
        var writer = new SlotWriter(_disk, _slots.A, _slots.B);
        writer.Write(role, 0, Enumerable.Repeat((byte)7, (int)writer.Capacity(role)).ToArray());
        var partition = _slots.B.Partition(role)!;
        var (start, end) = ((int)partition.Offset, (int)(partition.Offset + partition.Length));
        Assert.Equal(before[..start], _disk.Image[..start]);
        Assert.Equal(before[end..], _disk.Image[end..]);
        var read = new byte[10];
        writer.Read(role, writer.Capacity(role) - 10, read);
        Assert.All(read, b => Assert.Equal(7, b));
    }

    [Theory]
    [InlineData(0, 1537)]
    [InlineData(1536, 1)]
    [InlineData(1500, 100)]
    [InlineData(long.MaxValue, 1)]
    public void PastTheEndOfThePartition_NothingIsWritten(long offset, int length)
    {
        var writer = new SlotWriter(_disk, _slots.A, _slots.B);
        var error = Assert.Throws<UpdateException>(() => writer.Write("root", offset, new byte[length]));
        Assert.Equal(ErrorCodes.SlotTooSmall, error.Code);
        Assert.Equal("The root image does not fit into slot B: partition 6 has 1536 bytes.", error.Message);
        Assert.Empty(_disk.Operations);
    }

    [Fact]
    public void NegativeOffsets_AreRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() =>
            new SlotWriter(_disk, _slots.A, _slots.B).Write("root", -1, [1])
        );

    [Fact]
    public void ARoleThatTheSlotHasNot_IsNamed()
    {
        var writer = new SlotWriter(_disk, _slots.A, _slots.B with { Hash = null });
        Assert.False(writer.Has("hash"));
        Assert.Contains("has no hash partition", Assert.Throws<UpdateException>(() => writer.Capacity("hash")).Message);
        Assert.Contains(
            "has no private partition",
            Assert.Throws<UpdateException>(() => writer.Capacity("private")).Message
        );
    }

    [Fact]
    public void DropCacheAndFlush_ReachTheDisk()
    {
        var writer = new SlotWriter(_disk, _slots.A, _slots.B);
        writer.Flush();
        writer.DropCache("root", 0, 1000);
        Assert.IsType<DiskFlush>(Assert.Single(_disk.Operations));
        Assert.Equal((_slots.B.Root.Offset, 1000L), _disk.Dropped[^1]);
    }

    private void AssertRefused(Slot running, Slot target)
    {
        var error = Assert.Throws<UpdateException>(() => new SlotWriter(_disk, running, target));
        Assert.Equal(ErrorCodes.RunningSlotWrite, error.Code);
        Assert.Empty(_disk.Operations);
    }
}
