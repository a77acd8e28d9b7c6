using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Disks;

public sealed class SlotSetTests
{
    private static readonly Guid s_linux = new("0fc63daf-8483-4772-8e79-3d69d8477de4");

    [Fact]
    public void TheNthPartitionOfARole_BelongsToSlotN()
    {
        var slots = Find(All());
        Assert.Equal((1, 2, 3), (slots.A.Boot.Index, slots.A.Root.Index, slots.A.Hash!.Index));
        Assert.Equal((5, 6, 7), (slots.B.Boot.Index, slots.B.Root.Index, slots.B.Hash!.Index));
        Assert.Equal((8, 9), (slots.Private.Index, slots.Data!.Index));
        Assert.Equal(("B", "A"), (slots.Other(slots.A).Name, slots.Other(slots.B).Name));
        Assert.Equal("B", slots.ByBootPartition(SlotDisk.Id(5))!.Name);
        Assert.Null(slots.ByBootPartition(SlotDisk.Id(6)));
    }

    [Fact]
    public void HashAndData_MayBeMissing()
    {
        var slots = Find([.. All().Where(p => p.Type != PartitionTypes.Hash && p.Type != PartitionTypes.Data)]);
        Assert.Null(slots.A.Hash);
        Assert.Null(slots.Data);
        Assert.Equal(2, slots.B.Partitions.Count());
    }

    [Theory]
    [InlineData(1, "boot partitions: 1 of type 6b636168-7420-6568-2070-6c616e657421, needs 2")]
    [InlineData(6, "root partitions: 1 of type")]
    [InlineData(7, "hash partitions: 1 of type")]
    [InlineData(8, "private partitions: 0 of type")]
    public void AMissingRole_IsNamed(int without, string text)
    {
        var error = Assert.Throws<UpdateException>(() => Find([.. All().Where(p => p.Id != SlotDisk.Id(without))]));
        Assert.Equal(ErrorCodes.DiskNoSlots, error.Code);
        Assert.Contains(text, error.Message);
    }

    [Fact]
    public void AThirdBootPartition_WhichALoaderCouldChoose_IsRefused() =>
        Assert.Contains("3 of type", Refusal([.. All(), new(PartitionTypes.Boot, SlotDisk.Id(20), "boot-c", 512)]));

    [Fact]
    public void WithLabels_TypesDoNotMatter()
    {
        var layout = SlotLayout.Default with
        {
            Labels = (new("boot-a", "root-a", "hash-a"), new("boot-b", "root-b", "hash-b")),
            PrivateLabel = "private",
            DataLabel = "data",
        };
        var slots = Find([.. All().Select(p => p with { Type = s_linux })], layout);
        Assert.Equal((5, 8, 9), (slots.B.Boot.Index, slots.Private.Index, slots.Data!.Index));
    }

    [Fact]
    public void ALabelThatIsMissingOrThereTwice_IsNamed()
    {
        var layout = SlotLayout.Default with { Labels = (new("boot-a", "root-a"), new("boot-b", "root-x")) };
        Assert.Contains("root partitions: 0 labelled \"root-x\", needs 1", Refusal(All(), layout));
        var twice = All();
        twice[5] = twice[5] with { Label = "root-a" };
        Assert.Contains("root partitions: 2 labelled \"root-a\"", Refusal(twice, layout));
    }

    [Fact]
    public void OnePartitionForTwoRoles_IsRefused()
    {
        var layout = SlotLayout.Default with { Labels = (new("boot-a", "root-a"), new("boot-a", "root-b")) };
        Assert.Contains("partition 1 stands for two roles", Refusal(All(), layout));
    }

    [Fact]
    public void WhereBothBootPartitionsHaveOneId_NobodyCanTellWhichWasBooted()
    {
        var copied = All();
        copied[4] = copied[4] with { Id = copied[0].Id };
        Assert.Null(Find(copied).ByBootPartition(copied[0].Id));
    }

    private static List<NewPartition> All() => [.. SlotDisk.Partitions(512).Select(p => p with { Length = 512 })];

    private static string Refusal(List<NewPartition> partitions, SlotLayout? layout = null) =>
        Assert.Throws<UpdateException>(() => Find(partitions, layout)).Message;

    private static SlotSet Find(List<NewPartition> partitions, SlotLayout? layout = null)
    {
        var table = GuidPartitionTable.Create(1 << 20, 512, partitions, SlotDisk.Id(99), alignment: 512);
        return SlotSet.Find(table, layout ?? SlotLayout.Default, "/dev/test");
    }
}
