using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Boot;

public sealed class BootSelectionTests
{
    private static readonly BootFlags s_trial = new(2, 2, false);
    private static readonly BootFlags s_good = new(1, 0, true);

    [Fact]
    public void TheGoldenCase_SelectsAsFormatsSays()
    {
        BootFlags[] flags = [new(3, 3, false), new(2, 2, false), new(1, 0, true)];
        var order = new List<int>();
        for (var boot = 0; boot < 8; boot++)
        {
            var chosen = BootSelection.Choose(flags)!.Value;
            order.Add(chosen + 1);
            flags[chosen] = flags[chosen] with { Tries = Math.Max(0, flags[chosen].Tries - 1) };
        }

        Assert.Equal([1, 1, 1, 2, 2, 3, 3, 3], order);
    }

    [Fact]
    public void OnATie_TheLowerTableIndexWins_EvenWhereLabelsCallItB()
    {
        var layout = SlotLayout.Default with { Labels = (new("boot-b", "root-b"), new("boot-a", "root-a")) };
        using var disk = SlotDisk.Make(new(1, 0, true), new(1, 0, true));
        var slots = SlotSet.Find(GuidPartitionTable.Read(disk), layout, disk.Path);
        Assert.Equal((5, 1), (slots.A.Boot.Index, slots.B.Boot.Index));
        Assert.Equal("B", BootSelection.SelectAndSpend(disk, layout).Slot.Name);
    }

    [Fact]
    public void ATryIsSpentOnTheMedium_BeforeTheChoiceIsReturned()
    {
        using var disk = SlotDisk.Make(s_good, s_trial);
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        Assert.Equal(("B", new BootFlags(2, 1, false)), (choice.Slot.Name, choice.Flags));
        Assert.IsType<DiskFlush>(disk.Operations[^1]);
        Assert.Equal(choice.Flags, SlotDisk.Flags(disk, "B"));
    }

    [Fact]
    public void WithoutATryToSpend_NothingIsWritten()
    {
        using var disk = SlotDisk.Make(s_good, default);
        Assert.Equal("A", BootSelection.SelectAndSpend(disk, SlotLayout.Default).Slot.Name);
        Assert.Empty(disk.Operations);
    }

    [Fact]
    public void ATrialSlot_IsPassedOver_WhenItsTryCannotBeSpent()
    {
        using var disk = SlotDisk.Make(s_good, s_trial);
        disk.FailsToWrite = _ => true;
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        Assert.Equal("A", choice.Slot.Name);
        Assert.Contains("the tries of slot B could not be set to 1", Assert.Single(choice.Findings));
    }

    [Fact]
    public void ATrialSlot_IsPassedOver_WhenTheFlushFails()
    {
        using var disk = SlotDisk.Make(s_good, s_trial);
        disk.FailsToFlush = () => true;
        Assert.Equal("A", BootSelection.SelectAndSpend(disk, SlotLayout.Default).Slot.Name);
    }

    [Fact]
    public void ASlotThatWasGood_Boots_WhenItsTryCannotBeSpent()
    {
        using var disk = SlotDisk.Make(s_good, new(2, 3, true));
        disk.FailsToFlush = () => true;
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        Assert.Equal(("B", new BootFlags(2, 3, true)), (choice.Slot.Name, choice.Flags));
    }

    [Fact]
    public void TwoTrialSlotsOnADiskThatCannotBeWritten_AreNothingBootable()
    {
        using var disk = SlotDisk.Make(new(1, 1, false), s_trial);
        disk.FailsToWrite = _ => true;
        var error = Assert.Throws<UpdateException>(() => BootSelection.SelectAndSpend(disk, SlotLayout.Default));
        Assert.Equal(ErrorCodes.NothingBootable, error.Code);
    }

    [Fact]
    public void WithNoSelectableSlot_TheErrorHasTheFlagsOfBoth()
    {
        using var disk = SlotDisk.Make(new(1, 0, false), new(0, 3, true));
        var error = Assert.Throws<UpdateException>(() => BootSelection.SelectAndSpend(disk, SlotLayout.Default));
        Assert.Equal(ErrorCodes.NothingBootable, error.Code);
        Assert.Contains(
            "slot A (priority 1, tries 0, successful 0), slot B (priority 0, tries 3, successful 1)",
            error.Message
        );
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 2)]
    public void ASlotThatDoesNotLoad_LosesItsTries_UnlessItWasGood(bool successful, int triesAfter)
    {
        using var disk = SlotDisk.Make(s_good, s_trial with { Successful = successful });
        var slot = SlotDisk.Slots(disk).B;
        Assert.Null(BootSelection.CouldNotLoad(disk, slot));
        Assert.Equal(triesAfter, SlotDisk.Flags(disk, "B").Tries);
        Assert.Equal("A", BootSelection.SelectAndSpend(disk, SlotLayout.Default, ["B"]).Slot.Name);
    }

    [Fact]
    public void ASlotThatDoesNotLoad_OnADiskThatCannotBeWritten_DoesNotStopTheBoot()
    {
        using var disk = SlotDisk.Make(s_good, s_trial);
        disk.FailsToWrite = _ => true;
        Assert.Contains("slot B", BootSelection.CouldNotLoad(disk, SlotDisk.Slots(disk).B));
        Assert.Equal("A", BootSelection.SelectAndSpend(disk, SlotLayout.Default, ["B"]).Slot.Name);
    }

    [Fact]
    public void ADamagedPrimary_IsReportedWithTheChoice_AndRepairedByTheSpending()
    {
        using var disk = SlotDisk.Make(s_good, s_trial);
        disk.Image.AsSpan(512, 512).Clear();
        Assert.Contains(
            "the backup is used",
            Assert.Single(BootSelection.SelectAndSpend(disk, SlotLayout.Default).Findings)
        );
        Assert.Empty(GuidPartitionTable.Read(disk).Findings);
    }
}
