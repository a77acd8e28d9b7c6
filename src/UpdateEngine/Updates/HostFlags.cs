using UpdateEngine.Boot;
using UpdateEngine.Disks;

namespace UpdateEngine.Updates;

/// <summary>The boot flags of both slots, asked in words. Works without a running slot too (then nothing is "the other one").</summary>
internal sealed class HostFlags(HostDisk disk)
{
    public BootFlags Of(Slot slot) => BootFlags.FromAttributes(disk.Table.Partition(slot.Boot.Index).Attributes);

    /// <summary>What the selector would choose now.</summary>
    public Slot? Next => BootSelection.Choose(disk.Slots, Of);

    /// <summary>
    /// The other slot was given precedence: activated, or gone back to. (After the last try of a trial the selector would choose the other slot
    /// too, but this boot may still be judged good: no reason to reboot.)
    /// </summary>
    public bool OtherIsNext => Other is { } other && Next == other && Of(other).Priority > Of(disk.Running).Priority;

    /// <summary>Marked valid and not activated.</summary>
    public bool OtherIsStaged => Other is { } other && Of(other) is { Priority: 0, Successful: false, Tries: > 0 };

    /// <summary>Some update must have been written to this disk.</summary>
    public bool OtherWasUsed => Other is { } other && Of(other) != BootFlags.Cleared;

    private Slot? Other => disk.RunningOrNull is { } running ? disk.Slots.Other(running) : null;
}
