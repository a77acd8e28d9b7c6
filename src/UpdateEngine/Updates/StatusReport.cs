using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

/// <summary>Bottlerocket's names for where a host stands.</summary>
public enum UpdateState
{
    /// <summary>Nothing to do, as far as is known.</summary>
    Idle,

    /// <summary>A release may be taken; it is not on the disk yet.</summary>
    Available,

    /// <summary>A release is in the other slot; it does not boot yet.</summary>
    Staged,

    /// <summary>The other slot boots next.</summary>
    Ready,
}

/// <param name="Version">null: unknown.</param>
/// <param name="Content">"empty", "being written", "half-written" or "unknown" where no version says what it holds.</param>
public sealed record SlotStatus(
    string Name,
    string? Variant,
    string? Version,
    int Priority,
    int Tries,
    bool Successful,
    bool Booted,
    bool Next,
    string? Content
)
{
    /// <summary>Flags with which no selector would choose it, and which no activation waits for.</summary>
    public bool CannotBoot => (Priority == 0 || Tries == 0) && !(Successful && Priority > 0) && !IsPrepared;

    /// <summary>Marked valid and not activated.</summary>
    public bool IsPrepared => Priority == 0 && Tries > 0 && !Successful;
}

/// <summary>Everything that <c>status</c> tells. Read without any lock; never "busy".</summary>
/// <param name="Health">"good", "not judged yet", "degraded" or "not running".</param>
/// <param name="Operation">The operation that runs now, or null.</param>
/// <param name="Findings">What a person should look at, each a sentence.</param>
public sealed record StatusReport(
    UpdateState State,
    string Root,
    string Disk,
    IReadOnlyList<SlotStatus> Slots,
    string Health,
    string? HealthReason,
    string? Operation,
    LastCheck? LastCheck,
    HistoryEntry? LastFailure,
    IReadOnlyList<DeniedRelease> Denied,
    IReadOnlyList<string> Findings
);

public static class StatusReader
{
    public static StatusReport Read(Host host)
    {
        using var disk = HostDisk.OpenForReading(host);
        var findings = new List<string>(disk.Table.Findings);
        if (disk.WhyUnknown is { } why)
        {
            findings.Add(why);
        }

        var journal = Tolerate(() => host.Journal.Load(), new JournalDocument(), findings);
        var denied = Tolerate(() => host.DenyList.Load(), [], findings);
        var history = Tolerate(() => host.History.Load(), [], findings);
        var check = host.LastCheck.Load();
        var flags = new HostFlags(disk);
        var operation = Tolerate(() => OperationLock.Holder(host.Paths), null, findings);
        AddLosses(host, disk, flags, journal, operation, findings);
        var running = RunningSystem.Read(host, disk);
        var state = State(flags, check, running.Version, version => denied.Find(version, host.Now) is not null);
        var (health, reason) = Health(disk, journal);
        return new StatusReport(
            state,
            host.Paths.Root,
            disk.Disk.Path,
            [Slot(disk.Slots.A), Slot(disk.Slots.B)],
            health,
            reason,
            operation,
            check,
            history.LastOrDefault(e => e.Code is not null),
            denied,
            findings
        );

        SlotStatus Slot(Slot slot)
        {
            var booted = slot == disk.RunningOrNull;
            var own = flags.Of(slot);
            var isHalfWritten = IsHalfWritten(slot, journal, flags);
            var prepared = isHalfWritten ? null : journal.Slots.GetValueOrDefault(slot.Name);
            return new SlotStatus(
                slot.Name,
                booted ? running.Variant : prepared?.Variant,
                booted ? running.Version?.ToString() : prepared?.Version,
                own.Priority,
                own.Tries,
                own.Successful,
                booted,
                slot == flags.Next,
                booted || prepared is not null ? null
                    : isHalfWritten ? (operation == "prepare" ? "being written" : "half-written")
                    : own == BootFlags.Cleared ? "empty"
                    : "unknown"
            );
        }
    }

    private static UpdateState State(
        HostFlags flags,
        LastCheck? check,
        SemanticVersion? running,
        Func<string, bool> isDenied
    )
    {
        if (flags.OtherIsNext)
        {
            return UpdateState.Ready;
        }

        if (flags.OtherIsStaged)
        {
            return UpdateState.Staged;
        }

        // What the last check found may have been installed, or have failed, since.
        return check?.Available is { } version && version != running?.ToString() && !isDenied(version)
            ? UpdateState.Available
            : UpdateState.Idle;
    }

    private static (string, string?) Health(HostDisk disk, JournalDocument journal)
    {
        if (disk.RunningOrNull is null)
        {
            return ("not running", null);
        }

        if (journal.Verdict is not { } verdict || verdict.BootId != disk.BootId)
        {
            return ("not judged yet", "run `updatectl confirm`");
        }

        return (verdict.Good ? "good" : "degraded", verdict.Reason);
    }

    /// <summary>A deny list or history that was lost can't be rebuilt from the disk: the flags show that there must have been one.</summary>
    private static void AddLosses(
        Host host,
        HostDisk disk,
        HostFlags flags,
        JournalDocument journal,
        string? operation,
        List<string> findings
    )
    {
        if (flags.OtherWasUsed && !host.History.Exists)
        {
            findings.Add(
                $"{host.Paths.History} is missing although this disk has been updated before: history and deny list were lost, and a release that failed here may be tried again."
            );
        }

        if (flags.Next is null)
        {
            findings.Add(
                "No slot would boot next: set the flags of a good slot before the next reboot, `cgpt add -i <n> -P 1 -S 1 <disk>`."
            );
        }

        Slot[] slots = [disk.Slots.A, disk.Slots.B];
        if (operation != "prepare" && Array.Find(slots, s => IsHalfWritten(s, journal, flags)) is { } slot)
        {
            findings.Add(
                $"Slot {slot.Name} was left half-written: it can't boot. `updatectl prepare` "
                    + (journal.Checkpoint is null ? "writes it again." : "goes on where it was interrupted.")
            );
        }
    }

    /// <summary>The flags are cleared before the first byte is written: with others, the power went before that.</summary>
    private static bool IsHalfWritten(Slot slot, JournalDocument journal, HostFlags flags) =>
        journal.Writing == slot.Name && flags.Of(slot) == BootFlags.Cleared;

    private static T Tolerate<T>(Func<T> read, T otherwise, List<string> findings)
    {
        try
        {
            return read();
        }
        catch (UpdateException e)
        {
            findings.Add($"{e.Message} {e.NextStep}".TrimEnd());
            return otherwise;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            findings.Add(e.Message);
            return otherwise;
        }
    }
}
