using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Health;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>What the health gate decided.</summary>
    /// <param name="Notes">What else a person should know: a trial that ended without a verdict, state that could not be written.</param>
    public sealed record ConfirmResult(
        Verdict Verdict,
        string Slot,
        string? Version,
        string Text,
        HealthReport Report,
        IReadOnlyList<string> Notes
    );

    /// <summary>
    /// The health gate of a boot: runs the checks and marks the slot good, or leaves it. On the way back the order is: reason and deny list
    /// (flushed), flags, reboot; a state directory that can't be written never prevents the flags.
    /// </summary>
    public async Task<ConfirmResult> ConfirmAsync(Action<HealthOutcome>? report, CancellationToken stop)
    {
        using var held = await OperationLock.WaitAsync(host.Paths, "confirm", host.Time, stop);
        using var disk = await HostDisk.WaitForWritingAsync(host, stop);
        var signpost = disk.Signpost();
        var slot = disk.Running;
        var running = RunningSystem.Read(host, disk);
        var version = running.Version?.ToString();
        var notes = new List<string>();
        RecordLostTrial(disk, signpost, notes);

        var outcome = await RunChecksAsync(slot, version, report, stop);
        var judgement = BootJudge.Judge(
            signpost.Flags(slot),
            signpost.IsSelectable(disk.Other),
            outcome,
            host.Config.DenyBackOff
        );
        var text = judgement.Verdict switch
        {
            Verdict.Good => $"slot {slot.Name}{With(version)} is good: {judgement.Reason}",
            Verdict.RollBack =>
                $"slot {slot.Name}{With(version)} is not healthy: {judgement.Reason}; going back to slot {disk.Other.Name}",
            _ =>
                $"slot {slot.Name}{With(version)} is not healthy: {judgement.Reason}; it stays, because {WhyItStays(signpost, disk)}",
        };
        switch (judgement.Verdict)
        {
            case Verdict.Good:
                MarkGood(disk, signpost, running, judgement, text, notes);
                break;
            case Verdict.RollBack:
                GoBack(disk, signpost, version, judgement, text, Evidence(outcome), notes);
                break;
            default:
                Stay(disk, version, judgement, text, Evidence(outcome), notes);
                break;
        }

        if (judgement.Verdict != Verdict.RollBack)
        {
            DisarmWatchdog(notes);
        }

        return new ConfirmResult(judgement.Verdict, slot.Name, version, text, outcome, notes);
    }

    /// <summary>Only now: until the verdict is durable, a machine that hangs must be reset. On the way back it stays armed, so that the reboot happens.</summary>
    private void DisarmWatchdog(List<string> notes)
    {
        if (host.Config.Watchdog is { } device && Watchdog.Disarm(host.Paths.Of(device)) is { } why)
        {
            notes.Add($"{device} could not be disarmed and may reset this machine: {why}");
        }
    }

    /// <summary>What failed checks printed, and on a machine what its kernel said; bounded by <see cref="HealthRunner.MaxOutput"/> a check and <see cref="KernelLog.MaxBytes"/>.</summary>
    private string Evidence(HealthReport report)
    {
        const int MostChecks = 8;
        var checks = report.Failures.Take(MostChecks).Select(f => $"== {f.Check.Name} {f.Failure}\n{f.Output}\n");
        var kernel = host.Paths.IsSandbox ? "" : $"== the kernel\n{KernelLog.Tail()}";
        return string.Join('\n', (string.Concat(checks) + kernel).Split('\n').Select(PlainText.Of));
    }

    private static string With(string? version) => version is null ? "" : $" with {version}";

    private static string WhyItStays(Signpost signpost, HostDisk disk) =>
        signpost.Flags(disk.Running).Successful
            ? "an earlier boot of it was good"
            : $"slot {disk.Other.Name} can't boot";

    private Task<HealthReport> RunChecksAsync(
        Slot slot,
        string? version,
        Action<HealthOutcome>? report,
        CancellationToken stop
    )
    {
        var environment = new Dictionary<string, string>
        {
            ["UPDATE_ENGINE_SLOT"] = slot.Name,
            ["UPDATE_ENGINE_VERSION"] = version ?? "",
            ["UPDATE_ENGINE_ROOT"] = host.Paths.Root,
        };
        var runner = new HealthRunner(host.Time, host.Config.HealthDeadline, host.Config.HealthCheckTimeout);
        var checks = BuiltInChecks.Of(host, slot).Concat(ProgramCheck.Find(host.Paths.HealthChecks));
        return runner.RunAsync([.. checks], environment, report, stop);
    }

    private void MarkGood(
        HostDisk disk,
        Signpost signpost,
        RunningSystem running,
        Judgement judgement,
        string text,
        List<string> notes
    )
    {
        var version = running.Version?.ToString();
        var before = (signpost.Flags(disk.Running), signpost.HasBootEverSucceeded);
        var isGuarded = host.Config.GuardTries is { } tries && signpost.TryGuard(tries);
        var isNews = isGuarded ? !WasGood(disk.Running, version) : before.Item1 is not { Successful: true, Tries: 0 };
        if (!isGuarded)
        {
            signpost.MarkGood();
        }

        if ((signpost.Flags(disk.Running), signpost.HasBootEverSucceeded) != before)
        {
            signpost.Commit(disk.Disk);
        }
        else if (disk.Table.NeedsRepair)
        {
            RepairTable(disk, signpost, notes);
        }

        SaveVerdict(disk, version, good: true, judgement.Reason);
        BestEffort(() => NoteOwnRelease(disk.Running, running));
        if (isNews)
        {
            TryRemember("confirmed", disk.Running.Name, version, text);
        }
    }

    /// <summary>The last verdict that is known was a good one on this release in this slot. A journal that can't be read knows none.</summary>
    private bool WasGood(Slot slot, string? version)
    {
        BootVerdict? last = null;
        BestEffort(() => last = host.Journal.Load().Verdict);
        return last is { Good: true } && last.Slot == slot.Name && last.Version == version;
    }

    // What an interrupted write left behind must not wait for the next update: until then one more fault of the disk could
    // leave no table at all. A disk that refuses the write does not make a good boot a bad one.
    private static void RepairTable(HostDisk disk, Signpost signpost, List<string> notes)
    {
        try
        {
            signpost.Commit(disk.Disk);
            notes.Add($"{disk.Table.Findings[0]}, which is done now");
        }
        catch (UpdateException e) when (e.Code == ErrorCodes.DiskWriteFailed || e.Code == ErrorCodes.DiskTableChanged)
        {
            notes.Add($"{disk.Table.Findings[0]}, which failed: {e.Message}");
        }
    }

    /// <summary>The factory's slot is in no journal: its version is noted while it runs, so that it has a name when the other slot runs.</summary>
    private void NoteOwnRelease(Slot slot, RunningSystem running)
    {
        var version = running.Version?.ToString();
        var journal = host.Journal.Load();
        var known = journal.Slots.GetValueOrDefault(slot.Name);
        // What was prepared keeps the name it was offered under: by that name it is recalled and denied.
        if (version is null || known?.Version == version || known is { Images.Count: > 0 })
        {
            return;
        }

        var own = new PreparedRelease(running.Variant ?? host.Config.Variant ?? "", host.Config.Arch, version, Now, []);
        host.Journal.Save(
            journal with
            {
                Slots = new SortedDictionary<string, PreparedRelease>(journal.Slots) { [slot.Name] = own },
            }
        );
    }

    private void GoBack(
        HostDisk disk,
        Signpost signpost,
        string? version,
        Judgement judgement,
        string text,
        string evidence,
        List<string> notes
    )
    {
        var until = judgement.DenyFor is { } backOff ? Now + backOff : (DateTimeOffset?)null;
        // By the name it was offered under: an image whose os-release says something else would be offered again.
        var prepared = PreparedIn(disk.Running);
        var name = prepared?.Version ?? version;
        var denied = name is null || BestEffort(() => Deny(name, judgement.Reason, until, "health", prepared));
        TryRemember("boot-failed", disk.Running.Name, version, text, ErrorCodes.HealthFailed, evidence);
        BestEffort(() => SaveVerdict(disk, version, good: false, judgement.Reason, keepIntent: !denied));
        if (!denied)
        {
            notes.Add($"{host.Paths.Denied} could not be written: {name} may be tried again");
        }

        signpost.MarkBad();
        signpost.Commit(disk.Disk);
        reboot.Reboot();
    }

    private void Stay(
        HostDisk disk,
        string? version,
        Judgement judgement,
        string text,
        string evidence,
        List<string> notes
    )
    {
        if (!BestEffort(() => SaveVerdict(disk, version, good: false, judgement.Reason)))
        {
            notes.Add($"{host.Paths.Journal} could not be written");
        }

        TryRemember("degraded", disk.Running.Name, version, text, ErrorCodes.HealthFailed, evidence);
    }

    /// <summary>What the journal knows of a slot. One that can't be read knows nothing.</summary>
    private PreparedRelease? PreparedIn(Slot slot)
    {
        PreparedRelease? prepared = null;
        BestEffort(() => prepared = host.Journal.Load().Slots.GetValueOrDefault(slot.Name));
        return prepared;
    }

    /// <summary>An intent is fulfilled by a boot of its slot. One for the other slot stays: that boot is still to come, or was lost.</summary>
    private void SaveVerdict(HostDisk disk, string? version, bool good, string reason, bool keepIntent = false)
    {
        var journal = host.Journal.Load();
        var verdict = new BootVerdict(disk.BootId ?? "", disk.Running.Name, version, good, Now, reason);
        var isFulfilled = journal.Intent?.Slot == disk.Running.Name && !keepIntent;
        host.Journal.Save(
            journal with
            {
                Verdict = verdict,
                Intent = isFulfilled ? null : journal.Intent,
                Writing = journal.Writing == disk.Running.Name ? null : journal.Writing, // It runs, so its writing never began.
            }
        );
    }

    /// <summary>
    /// The old slot runs although the other one was meant to: its trial ended without a verdict (a panic, a hang, or power cuts until the tries
    /// were used up). While tries are left, nothing is held against the release.
    /// </summary>
    private void RecordLostTrial(HostDisk disk, Signpost signpost, List<string> notes)
    {
        JournalDocument journal;
        try
        {
            journal = host.Journal.Load();
        }
        catch (UpdateException e)
        {
            notes.Add($"{e.Message} It is written anew");
            BestEffort(() => host.Journal.Save(new JournalDocument()));
            return;
        }
        if (journal.Intent is not { Kind: "activate" } intent || intent.Slot != disk.Other.Name)
        {
            RecordBrokenGuard(disk, signpost, journal, notes);
            return;
        }

        var (why, until) = signpost.Flags(disk.Other) switch
        {
            { Priority: > 0, Tries: 0, Successful: false } => (
                "used up its tries without ever reaching a verdict: it did not boot, hung, or lost power each time",
                (DateTimeOffset?)null
            ),
            // Only a bad verdict clears an activated slot, or a prepare that came to no end. The reason of a verdict is lost here, so nobody
            // knows whose fault it was.
            { Priority: 0, Tries: 0, Successful: false } when journal.Writing != intent.Slot => (
                "was left as not healthy, but the reason could not be written then",
                Now + host.Config.DenyBackOff
            ),
            _ => (null, null),
        };
        if (why is null)
        {
            return;
        }

        var text = $"slot {intent.Slot}{With(intent.Version)} {why}";
        notes.Add(text);
        var recorded = BestEffort(() =>
        {
            if (intent.Version is { } version)
            {
                Deny(version, why, until, "health", journal.Slots.GetValueOrDefault(intent.Slot));
            }

            host.Journal.Save(journal with { Intent = null });
        });
        if (!recorded)
        {
            notes.Add($"{host.Paths.Denied} could not be written: {intent.Version} may be tried again");
            return;
        }

        TryRemember("boot-failed", intent.Slot, intent.Version, text, ErrorCodes.TriesUsedUp);
    }

    /// <summary>The other slot had its good verdict and was guarded; it used up its tries all the same. Said once: the verdict that follows is of this slot.</summary>
    private void RecordBrokenGuard(HostDisk disk, Signpost signpost, JournalDocument journal, List<string> notes)
    {
        if (
            signpost.Flags(disk.Other) is not { Priority: > 0, Tries: 0, Successful: false }
            || journal.Verdict is not { Good: true } last
            || last.Slot != disk.Other.Name
        )
        {
            return;
        }

        const string Why =
            "was good and used up its tries later: it broke, hung, or lost power before it had been stable";
        var text = $"slot {last.Slot}{With(last.Version)} {Why}";
        notes.Add(text);
        if (last.Version is { } version)
        {
            BestEffort(() => Deny(version, Why, null, "health", journal.Slots.GetValueOrDefault(last.Slot)));
        }

        TryRemember("boot-failed", last.Slot, last.Version, text, ErrorCodes.TriesUsedUp);
    }
}
