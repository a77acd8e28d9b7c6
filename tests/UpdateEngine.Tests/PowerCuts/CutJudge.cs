using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>
/// What must be true in every state that a power cut leaves (P1, P2, P4, P6): the table loads, its flags are those of a moment between two steps, a
/// slot that may ever boot holds a published release whole and the journal knows it by its name, one of them is selected, and every file of the
/// state directory is whole.
/// </summary>
internal sealed class CutJudge(EngineLife life, LifeStep step)
{
    private readonly (string Before, string After, HashSet<string> All) _flags = FlagsAlong(life, step);

    /// <returns>What is wrong, or null.</returns>
    /// <param name="isFirstCut">The flags are still those of the step itself.</param>
    public string? Fault(OverlayDisk disk, Tree files, bool isFirstCut)
    {
        try
        {
            var table = GuidPartitionTable.Read(disk);
            var slots = SlotSet.Find(table, SlotLayout.Default, disk.Path);
            return FaultOfSlots(disk, slots, files.Memory)
                ?? (isFirstCut ? FaultOfStep(FlagsOf(slots), files.Memory) : null)
                ?? FaultOfFiles(files.Memory)
                ?? FaultOfSelection(disk);
        }
        catch (UpdateException e)
        {
            return e.Message;
        }
    }

    private string? FaultOfSlots(OverlayDisk disk, SlotSet slots, Memory memory)
    {
        foreach (var slot in (Slot[])[slots.A, slots.B])
        {
            var flags = BootFlags.FromAttributes(slot.Boot.Attributes);
            if (flags is { Priority: 0, Tries: 0, Successful: false } || IsDamagedAndWaits(slot, flags))
            {
                continue;
            }

            var holds = life.Published.In(disk, slot);
            var named = memory.Journal?.Slots.GetValueOrDefault(slot.Name)?.Version;
            if (holds is null)
            {
                return $"slot {slot.Name} {flags} may boot, and what it holds was never published";
            }

            if (named != holds)
            {
                return $"slot {slot.Name} {flags} holds {holds}, but the journal says {named ?? "nothing"}";
            }
        }

        return null;
    }

    // What lies prepared may be damaged by the disk: activation finds it, and until then selection must not.
    private bool IsDamagedAndWaits(Slot slot, BootFlags flags) =>
        !flags.Selectable
        && life.Published.In(new OverlayDisk(step.Disk, life.Shape.SectorSize, new Dictionary<int, byte[]?>()), slot)
            is null
        && step.Scene.Fails
        && !step.Operations.OfType<DiskWrite>().Any(w => w.Offset == slot.Root.Offset);

    private string? FaultOfStep(string flags, Memory memory)
    {
        if (!_flags.All.Contains(flags))
        {
            return $"the flags are of no moment of this step: {flags}";
        }

        var isDone = flags == _flags.After && flags != _flags.Before;
        return isDone && step.Scene.Denies is { } denied && memory.Denied.All(d => d.Version != denied)
            ? $"the flags leave {denied}, but it is not on the deny list"
            : null;
    }

    private string? FaultOfFiles(Memory memory) =>
        memory.Torn.Count > 0
            ? $"{memory.Torn[0]} is torn"
            : step
                .Files.Memory.TrustedVersions.Where(t => memory.TrustedVersions.GetValueOrDefault(t.Key) < t.Value)
                .Select(t =>
                    $"{t.Key} had version {t.Value}, and now {memory.TrustedVersions.GetValueOrDefault(t.Key)}"
                )
                .FirstOrDefault();

    private string? FaultOfSelection(OverlayDisk disk)
    {
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        return life.Published.In(disk, choice.Slot) is null ? $"slot {choice.Slot.Name} is selected and half-written"
            : disk.Operations is [.., not DiskFlush] ? "the try was not flushed"
            : null;
    }

    private static (string, string, HashSet<string>) FlagsAlong(EngineLife life, LifeStep step)
    {
        var sectors = new Dictionary<int, byte[]?>();
        string Now() =>
            FlagsOf(
                SlotSet.Find(
                    GuidPartitionTable.Read(new OverlayDisk(step.Disk, life.Shape.SectorSize, sectors)),
                    SlotLayout.Default,
                    step.Name
                )
            );

        var along = new List<string> { Now() };
        foreach (var operation in step.Operations)
        {
            if (operation is DiskWrite write)
            {
                OverlayDisk.Apply(sectors, step.Disk, life.Shape.SectorSize, write);
            }
            else if (operation is DiskFlush)
            {
                along.Add(Now());
            }
        }

        return (along[0], along[^1], [.. along]);
    }

    private static string FlagsOf(SlotSet slots) =>
        $"A {BootFlags.FromAttributes(slots.A.Boot.Attributes)}, B {BootFlags.FromAttributes(slots.B.Boot.Attributes)}";
}
