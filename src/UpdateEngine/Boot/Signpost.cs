using UpdateEngine.Disks;

namespace UpdateEngine.Boot;

/// <summary>
/// The steps by which a host moves from one slot to the other, as changes of <see cref="BootFlags"/> in memory (formats.md
/// section 1, "Transitions"). Nothing is durable before <see cref="Commit"/>, which writes one table. Y is the running slot, X the
/// other. That this boot has a good verdict is for the caller to know; the flags cannot tell.
/// </summary>
public sealed class Signpost(GuidPartitionTable table, SlotSet slots, Slot running)
{
    public const int DefaultTries = 3;

    private const int Preferred = 2;
    private const int Fallback = 1;
    private const ulong EverSucceeded = 1UL << 57; // of the private partition's attributes

    public Slot Running => running;

    public Slot Other { get; } = slots.Other(running);

    /// <summary>What selection would choose now; null: nothing boots.</summary>
    public Slot? Next => BootSelection.Choose(slots, Flags);

    /// <summary>Some boot of this disk has been judged good.</summary>
    public bool HasBootEverSucceeded => (table.Partition(slots.Private.Index).Attributes & EverSucceeded) != 0;

    private BootFlags X
    {
        get => Flags(Other);
        set => Set(Other, value);
    }

    private BootFlags Y
    {
        get => Flags(running);
        set => Set(running, value);
    }

    public BootFlags Flags(Slot slot) => BootFlags.FromAttributes(table.Partition(slot.Boot.Index).Attributes);

    public bool IsSelectable(Slot slot) => Flags(slot).Selectable;

    /// <summary>Makes the other slot unbootable and this one the way back. Committed before the first byte of an image is written.</summary>
    public void BeginWrite()
    {
        Require(
            Y.Priority > 0,
            Other,
            "be written",
            $"slot {running.Name}, which runs, would not boot again ({Y})",
            UseNext
        );
        (X, Y) = (BootFlags.Cleared, Y with { Successful = true });
    }

    /// <summary>Every promise of P1 holds for the other slot, and the journal that names its release is flushed.</summary>
    /// <param name="tries">Boots that the new slot may use up before it is given up, 1 to 15.</param>
    public void MarkValid(int tries = DefaultTries)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tries, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tries, BootFlags.MaxTries);
        Require(
            X is { Priority: 0, Successful: false },
            Other,
            "be marked valid",
            "its writing was not begun",
            Prepare
        );
        X = X with { Tries = tries };
    }

    /// <summary>The next boot tries the other slot.</summary>
    public void Activate()
    {
        Require(
            X.Priority == 0 || X.Priority > Y.Priority,
            Other,
            "be activated",
            $"it is no new release, but where slot {running.Name} came from",
            "`updatectl rollback` goes back to it."
        );
        Require(
            X.Priority == 0,
            Other,
            "be activated",
            "it is active already",
            "Reboot into it, or cancel the activation."
        );
        Require(X is { Successful: false, Tries: > 0 }, Other, "be activated", "no update is staged in it", Prepare);
        (X, Y) = (X with { Priority = Preferred }, Y with { Priority = Fallback });
    }

    /// <summary>The next boot stays with the running slot; what is staged stays staged.</summary>
    public void CancelActivation()
    {
        Require(X.Priority > Y.Priority, Other, "be deactivated", "it is not active", "There is nothing to cancel.");
        Require(
            Y.Successful,
            Other,
            "be deactivated",
            $"slot {running.Name} has had no good boot yet",
            "Wait for its verdict."
        );
        (X, Y) = (X with { Priority = X.Successful ? Fallback : 0 }, Y with { Priority = Preferred });
    }

    /// <summary>This boot has a good verdict.</summary>
    public void MarkGood()
    {
        Y = Y with { Successful = true, Tries = 0 };
        MarkEverSucceeded();
    }

    /// <summary>
    /// This boot has a good verdict, and the slot stays on trial all the same, with the other one as the way back: a slot that breaks later uses up its
    /// tries too. They are given back by <see cref="TryRearm"/>.
    /// </summary>
    /// <param name="tries">For a slot that was good for ever until now; one on trial keeps what it has left, so that a slot which passes its gate and then
    /// breaks, each time, comes to an end.</param>
    /// <returns>False, and nothing is changed, where there is no way back: then the slot is to be marked good.</returns>
    public bool TryGuard(int tries)
    {
        if (X is not { Successful: true, Priority: > 0 })
        {
            return false;
        }

        Y = Y with { Successful = false, Tries = Y.Successful ? tries : Y.Tries };
        MarkEverSucceeded();
        return true;
    }

    /// <summary>A guarded slot has been up long enough, or goes down in good order: it gets its tries back.</summary>
    /// <returns>False, and nothing is changed, where the running slot is not guarded.</returns>
    public bool TryRearm(int tries)
    {
        if (Y.Successful || X is not { Successful: true, Priority: > 0 })
        {
            return false;
        }

        Y = Y with { Tries = tries };
        return true;
    }

    /// <summary>This boot has a bad verdict: the running slot never boots again, the next boot goes back.</summary>
    public void MarkBad()
    {
        Require(
            !Y.Successful,
            running,
            "be marked bad",
            "an earlier boot of it was good",
            "Roll back, if the other slot is the better one."
        );
        Require(
            X.Selectable,
            running,
            "be marked bad",
            $"slot {Other.Name} would not boot ({X})",
            "Repair the cause; this slot is the only one."
        );
        Y = BootFlags.Cleared;
    }

    /// <summary>An operator goes back to the other slot.</summary>
    public void RollBack()
    {
        Require(X.Selectable, Other, "be rolled back to", "it would not boot", Prepare);
        (X, Y) = (X with { Priority = Preferred }, Y with { Priority = Y.Successful ? Fallback : 0 });
    }

    /// <summary>Makes the steps durable; see <see cref="GuidPartitionTable.Commit"/>.</summary>
    public void Commit(IBlockDevice disk) => table.Commit(disk);

    private const string Prepare = "Prepare an update first.";
    private const string UseNext = "Reboot into the slot that is next, and update from there.";

    private void MarkEverSucceeded()
    {
        var marker = table.Partition(slots.Private.Index);
        table.SetAttributes(marker.Index, marker.Attributes | EverSucceeded);
    }

    private void Set(Slot slot, BootFlags flags)
    {
        var partition = table.Partition(slot.Boot.Index);
        table.SetAttributes(partition.Index, flags.ApplyTo(partition.Attributes));
    }

    private void Require(bool condition, Slot slot, string step, string why, string nextStep)
    {
        if (!condition)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"Slot {slot.Name} ({Flags(slot)}) cannot {step}: {why}.",
                nextStep
            );
        }
    }
}
