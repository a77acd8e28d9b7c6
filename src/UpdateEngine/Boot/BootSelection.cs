using UpdateEngine.Disks;

namespace UpdateEngine.Boot;

/// <summary>What a boot loader does with this choice.</summary>
/// <param name="Slot">To boot.</param>
/// <param name="Flags">As they are on the disk now, the spent try included.</param>
/// <param name="Findings">What a person should know: damaged tables, tries that could not be spent.</param>
public sealed record BootChoice(Slot Slot, BootFlags Flags, IReadOnlyList<string> Findings);

/// <summary>
/// Which slot boots (formats.md section 1, "Selection"): among those with priority &gt; 0 and (tries &gt; 0 or successful) the strictly
/// highest priority, on a tie the lower table index. The same as GRUB's `gptprio.next`.
/// </summary>
public static class BootSelection
{
    /// <summary>The position of the chosen flags in table order, or null: none can boot.</summary>
    public static int? Choose(IReadOnlyList<BootFlags> inTableOrder)
    {
        int? chosen = null;
        for (var i = 0; i < inTableOrder.Count; i++)
        {
            var isHigher = chosen is not { } best || inTableOrder[i].Priority > inTableOrder[best].Priority;
            chosen = inTableOrder[i].Selectable && isHigher ? i : chosen;
        }

        return chosen;
    }

    /// <summary>The chosen one of two slots, whose table order labels may have turned round; null: none can boot.</summary>
    public static Slot? Choose(SlotSet slots, Func<Slot, BootFlags> flags) => Choose(InTableOrder(slots), flags);

    /// <summary>Chooses a slot and spends one of its tries; the spending is on the medium when this returns.</summary>
    /// <param name="disk">Opened for writing; if it cannot be written, a slot that was good before still boots.</param>
    /// <param name="skip">Names of slots that could not be loaded in this boot.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.NothingBootable"/>, with the flags of every slot; or that no table
    /// or no slots were found.</exception>
    public static BootChoice SelectAndSpend(
        IBlockDevice disk,
        SlotLayout layout,
        IReadOnlyCollection<string>? skip = null
    )
    {
        var table = GuidPartitionTable.Read(disk);
        var slots = SlotSet.Find(table, layout, disk.Path);
        var findings = table.Findings.ToList();
        var candidates = InTableOrder(slots).Where(s => skip?.Contains(s.Name) != true).ToList();
        while (Choose(candidates, s => FlagsOf(table, s)) is { } slot)
        {
            var flags = FlagsOf(table, slot);
            if (flags.Tries == 0)
            {
                return new BootChoice(slot, flags, findings);
            }

            var spent = flags with { Tries = flags.Tries - 1 };
            if (TryCommit(table, disk, slot, spent, findings))
            {
                return new BootChoice(slot, spent, findings);
            }

            // Without the record a broken slot would be tried for ever; one that was good before is the better risk.
            if (flags.Successful)
            {
                return new BootChoice(slot, flags, findings);
            }

            candidates.Remove(slot);
        }

        throw NothingBootable(disk, slots, table, skip);
    }

    /// <summary>
    /// Takes the remaining tries from a slot whose kernel could not be loaded, unless it was good before. Then selection goes on, with
    /// the slot skipped. Never throws for a disk that cannot be written: the boot must go on.
    /// </summary>
    /// <returns>A sentence on what could not be done, or null.</returns>
    public static string? CouldNotLoad(IBlockDevice disk, Slot slot)
    {
        var findings = new List<string>();
        try
        {
            var table = GuidPartitionTable.Read(disk);
            var flags = FlagsOf(table, slot);
            if (flags is { Successful: false, Tries: > 0 })
            {
                TryCommit(table, disk, slot, flags with { Tries = 0 }, findings);
            }
        }
        catch (UpdateException e)
        {
            findings.Add(e.Message);
        }

        return findings.FirstOrDefault();
    }

    private static Slot? Choose(List<Slot> inTableOrder, Func<Slot, BootFlags> flags) =>
        Choose([.. inTableOrder.Select(flags)]) is { } position ? inTableOrder[position] : null;

    private static List<Slot> InTableOrder(SlotSet slots) =>
        slots.A.Boot.Index < slots.B.Boot.Index ? [slots.A, slots.B] : [slots.B, slots.A];

    private static BootFlags FlagsOf(GuidPartitionTable table, Slot slot) =>
        BootFlags.FromAttributes(table.Partition(slot.Boot.Index).Attributes);

    private static bool TryCommit(
        GuidPartitionTable table,
        IBlockDevice disk,
        Slot slot,
        BootFlags flags,
        List<string> findings
    )
    {
        var before = table.Partition(slot.Boot.Index).Attributes;
        try
        {
            table.SetAttributes(slot.Boot.Index, flags.ApplyTo(before));
            table.Commit(disk);
            return true;
        }
        catch (UpdateException e)
        {
            table.SetAttributes(slot.Boot.Index, before);
            findings.Add($"the tries of slot {slot.Name} could not be set to {flags.Tries}: {e.Message}");
            return false;
        }
    }

    private static UpdateException NothingBootable(
        IBlockDevice disk,
        SlotSet slots,
        GuidPartitionTable table,
        IReadOnlyCollection<string>? skip
    )
    {
        var states = InTableOrder(slots)
            .Select(s =>
                $"slot {s.Name} ({FlagsOf(table, s)}{(skip?.Contains(s.Name) == true ? ", could not be loaded" : "")})"
            );
        return new UpdateException(
            ErrorCodes.NothingBootable,
            $"No slot of {disk.Path} can boot: {string.Join(", ", states)}.",
            "Boot from rescue media and set the flags of a good slot: `cgpt add -i <n> -P 1 -S 1 <disk>`."
        );
    }
}
