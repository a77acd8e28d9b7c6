using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Boot;

public sealed class BootedSlotTests
{
    private const string IdText = "00000000-0000-4000-8000-000000000005";

    [Theory]
    [InlineData("quiet update_engine.boot=" + IdText, IdText)]
    [InlineData("update_engine.boot=" + IdText + "\n", IdText)]
    [InlineData("update_engine.boot=00000000-0000-4000-8000-000000000001 x update_engine.boot=" + IdText, IdText)]
    [InlineData(
        "a=\"b update_engine.boot=00000000-0000-4000-8000-000000000001 c\" update_engine.boot=" + IdText,
        IdText
    )]
    [InlineData("a=\"b update_engine.boot=" + IdText + " c\"", null)]
    [InlineData("xupdate_engine.boot=" + IdText, null)]
    [InlineData("update_engine.boot=B", null)]
    [InlineData("update_engine.boot=", null)]
    [InlineData("update_engine.boot", null)]
    [InlineData("", null)]
    public void TheParameterIsFound_LastOneFirst_AndNotWithinQuotes(string commandLine, string? id) =>
        Assert.Equal(id is null ? null : new Guid(id), BootedSlot.Parse(commandLine));

    [Fact]
    public void WhatTheSelectorWrites_IsReadBack()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        var slots = SlotDisk.Slots(disk);
        Assert.Equal(slots.B.Boot.Id, BootedSlot.Parse(BootedSlot.Format(slots.B)));
    }

    [Theory]
    [InlineData(1, 2, "A", null)]
    [InlineData(5, 6, "B", null)]
    [InlineData(5, 2, null, "names slot B, but the mounted root is partition 00000000-0000-4000-8000-000000000002")]
    [InlineData(2, 2, null, "is the boot partition of no slot")]
    [InlineData(null, 2, null, "the kernel command line has no update_engine.boot")]
    [InlineData(1, null, null, "mounted root could not be found")]
    public void ASlotRuns_OnlyWhenParameterAndMountedRootAgree(int? boot, int? root, string? name, string? refusal)
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        var slots = SlotDisk.Slots(disk);
        Slot Resolve() =>
            BootedSlot.Resolve(slots, boot is { } b ? SlotDisk.Id(b) : null, root is { } r ? SlotDisk.Id(r) : null);
        if (name is not null)
        {
            Assert.Equal(name, Resolve().Name);
            return;
        }

        var error = Assert.Throws<UpdateException>(() => Resolve());
        Assert.Equal(ErrorCodes.RunningSlotUnknown, error.Code);
        Assert.Contains(refusal!, error.Message);
    }
}
