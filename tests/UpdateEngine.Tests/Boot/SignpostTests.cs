using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Boot;

/// <summary>The table "Transitions" of formats.md, allowed and refused. A runs (Y), B is the other (X); flags are "priority tries successful".</summary>
public sealed class SignpostTests
{
    [Theory]
    // step            Y before   X before   Y after    X after
    [InlineData("begin write", "1 0 1", "0 0 0", "1 0 1", "0 0 0")]
    [InlineData("begin write", "1 0 1", "2 0 1", "1 0 1", "0 0 0")]
    [InlineData("begin write", "2 2 0", "1 0 1", "2 2 1", "0 0 0")]
    [InlineData("begin write", "1 0 1", "0 3 0", "1 0 1", "0 0 0")]
    [InlineData("mark valid", "1 0 1", "0 0 0", "1 0 1", "0 3 0")]
    [InlineData("mark valid", "1 0 1", "0 1 0", "1 0 1", "0 3 0")]
    [InlineData("activate", "1 0 1", "0 3 0", "1 0 1", "2 3 0")]
    [InlineData("activate", "2 0 1", "0 1 0", "1 0 1", "2 1 0")]
    [InlineData("activate", "15 0 1", "0 1 0", "1 0 1", "2 1 0")]
    [InlineData("cancel", "1 0 1", "2 3 0", "2 0 1", "0 3 0")]
    [InlineData("cancel", "1 0 1", "2 0 1", "2 0 1", "1 0 1")]
    [InlineData("cancel", "0 0 1", "2 3 0", "2 0 1", "0 3 0")]
    [InlineData("mark good", "2 2 0", "1 0 1", "2 0 1", "1 0 1")]
    [InlineData("mark good", "1 0 1", "0 0 0", "1 0 1", "0 0 0")]
    [InlineData("guard", "2 2 0", "1 0 1", "2 2 0", "1 0 1")]
    [InlineData("guard", "2 0 0", "1 0 1", "2 0 0", "1 0 1")]
    [InlineData("guard", "2 0 1", "1 0 1", "2 5 0", "1 0 1")]
    [InlineData("guard", "1 0 1", "0 0 0", "1 0 1", "0 0 0")]
    [InlineData("guard", "1 0 1", "0 3 0", "1 0 1", "0 3 0")]
    [InlineData("rearm", "2 1 0", "1 0 1", "2 5 0", "1 0 1")]
    [InlineData("rearm", "2 0 1", "1 0 1", "2 0 1", "1 0 1")]
    [InlineData("rearm", "2 1 0", "0 0 0", "2 1 0", "0 0 0")]
    [InlineData("mark bad", "2 2 0", "1 0 1", "0 0 0", "1 0 1")]
    [InlineData("mark bad", "2 0 0", "1 1 0", "0 0 0", "1 1 0")]
    [InlineData("roll back", "2 0 1", "1 0 1", "1 0 1", "2 0 1")]
    [InlineData("roll back", "2 2 0", "1 0 1", "0 2 0", "2 0 1")]
    [InlineData("roll back", "0 0 0", "1 2 0", "0 0 0", "2 2 0")]
    public void AStepThatIsAllowed_HasItsEffect(string step, string y, string x, string yAfter, string xAfter)
    {
        using var disk = SlotDisk.Make(Flags(y), Flags(x));
        var signpost = SlotDisk.Signpost(disk, "A");
        Take(step, signpost);
        Assert.Empty(disk.Operations);
        signpost.Commit(disk);
        Assert.Equal((Flags(yAfter), Flags(xAfter)), (SlotDisk.Flags(disk, "A"), SlotDisk.Flags(disk, "B")));
    }

    [Theory]
    [InlineData(
        "begin write",
        "0 0 1",
        "2 0 1",
        "Slot B (priority 2, tries 0, successful 1) cannot be written: slot A"
    )]
    [InlineData("mark valid", "1 0 1", "1 0 0", "Slot B (priority 1, tries 0, successful 0) cannot be marked valid")]
    [InlineData("mark valid", "1 0 1", "0 0 1", "its writing was not begun")]
    [InlineData("activate", "1 0 1", "2 3 0", "cannot be activated: it is active already")]
    [InlineData("activate", "2 0 1", "1 0 1", "it is no new release, but where slot A came from")]
    [InlineData("activate", "1 0 1", "0 0 0", "no update is staged in it")]
    [InlineData("activate", "1 0 1", "0 3 1", "no update is staged in it")]
    [InlineData("cancel", "2 0 1", "1 0 1", "it is not active")]
    [InlineData("cancel", "1 0 1", "1 0 1", "it is not active")]
    [InlineData("cancel", "1 1 0", "2 3 0", "slot A has had no good boot yet")]
    [InlineData(
        "mark bad",
        "2 0 1",
        "1 0 1",
        "Slot A (priority 2, tries 0, successful 1) cannot be marked bad: an earlier boot"
    )]
    [InlineData("mark bad", "2 2 0", "1 0 0", "slot B would not boot (priority 1, tries 0, successful 0)")]
    [InlineData("mark bad", "2 2 0", "0 3 1", "slot B would not boot")]
    [InlineData("roll back", "1 0 1", "0 3 0", "Slot B (priority 0, tries 3, successful 0) cannot be rolled back to")]
    [InlineData("roll back", "1 0 1", "1 0 0", "it would not boot")]
    public void AStepThatIsNotAllowed_SaysSlotFlagsReasonAndNextStep_AndChangesNothing(
        string step,
        string y,
        string x,
        string text
    )
    {
        using var disk = SlotDisk.Make(Flags(y), Flags(x));
        var signpost = SlotDisk.Signpost(disk, "A");
        var refusal = Assert.Throws<UpdateException>(() => Take(step, signpost));
        Assert.Equal(ErrorCodes.StepNotAllowed, refusal.Code);
        Assert.Contains(text, refusal.Message);
        Assert.NotNull(refusal.NextStep);
        Assert.Equal((Flags(y), Flags(x)), (signpost.Flags(signpost.Running), signpost.Flags(signpost.Other)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    public void TriesOutsideOf1To15_AreRefused(int tries)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        Assert.Throws<ArgumentOutOfRangeException>(() => SlotDisk.Signpost(disk, "A").MarkValid(tries));
    }

    // Whatever flags a disk has: no step that is allowed leaves it with nothing to boot if there was something.
    [Fact]
    public void NoAllowedStep_TakesTheLastBootableSlot()
    {
        var all = (
            from p in new[] { 0, 1, 2 }
            from t in new[] { 0, 1 }
            from s in new[] { false, true }
            select new BootFlags(p, t, s)
        ).ToList();
        using var disk = SlotDisk.Make(default, default, entryCount: 16);
        foreach (var (y, x, step) in from y in all from x in all from step in s_steps select (y, x, step))
        {
            var signpost = WithFlags(disk, y, x);
            if (signpost.Next is not null && IsAllowed(step, signpost))
            {
                Assert.True(signpost.Next is not null, $"{step} left nothing from Y {y}, X {x}");
            }
        }
    }

    [Fact]
    public void AGoodBoot_IsRememberedOnThePrivatePartition_BesideItsOtherBits()
    {
        using var disk = SlotDisk.Make(new BootFlags(2, 2, false), SlotDisk.Factory);
        var table = GuidPartitionTable.Read(disk);
        table.SetAttributes(8, 1UL << 60 | 4);
        table.Commit(disk);
        var signpost = SlotDisk.Signpost(disk, "A");
        Assert.False(signpost.HasBootEverSucceeded);
        signpost.MarkGood();
        signpost.Commit(disk);
        Assert.True(SlotDisk.Signpost(disk, "A").HasBootEverSucceeded);
        Assert.Equal(1UL << 60 | 1UL << 57 | 4, GuidPartitionTable.Read(disk).Partition(8).Attributes);
    }

    [Fact]
    public void SeenFromSlotB_TheOtherSlotIsA()
    {
        using var disk = SlotDisk.Make(Flags("1 0 1"), Flags("2 0 1"));
        var signpost = SlotDisk.Signpost(disk, "B");
        Assert.Equal(("B", "A", "B"), (signpost.Running.Name, signpost.Other.Name, signpost.Next!.Name));
        signpost.RollBack();
        Assert.Equal("A", signpost.Next!.Name);
    }

    private static readonly string[] s_steps =
    [
        "begin write",
        "mark valid",
        "activate",
        "cancel",
        "mark good",
        "guard",
        "rearm",
        "mark bad",
        "roll back",
    ];

    private static Signpost WithFlags(RecordedDisk disk, BootFlags y, BootFlags x)
    {
        var table = GuidPartitionTable.Read(disk);
        table.SetAttributes(1, y.ApplyTo(0));
        table.SetAttributes(5, x.ApplyTo(0));
        var slots = SlotSet.Find(table, SlotLayout.Default, disk.Path);
        return new Signpost(table, slots, slots.A);
    }

    private static bool IsAllowed(string step, Signpost signpost)
    {
        try
        {
            Take(step, signpost);
            return true;
        }
        catch (UpdateException)
        {
            return false;
        }
    }

    private static BootFlags Flags(string text)
    {
        var parts = text.Split(' ').Select(int.Parse).ToArray();
        return new BootFlags(parts[0], parts[1], parts[2] != 0);
    }

    private static void Take(string step, Signpost signpost)
    {
        Action action = step switch
        {
            "begin write" => signpost.BeginWrite,
            "mark valid" => () => signpost.MarkValid(),
            "activate" => signpost.Activate,
            "cancel" => signpost.CancelActivation,
            "mark good" => signpost.MarkGood,
            "guard" => () => signpost.TryGuard(5),
            "rearm" => () => signpost.TryRearm(5),
            "mark bad" => signpost.MarkBad,
            "roll back" => signpost.RollBack,
            _ => throw new ArgumentException(step, nameof(step)),
        };
        action();
    }
}
