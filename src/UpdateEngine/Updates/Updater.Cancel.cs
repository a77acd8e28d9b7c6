namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    private static readonly TimeSpan s_cancelWait = TimeSpan.FromSeconds(30);

    /// <summary>Stops a prepare that runs in another process; otherwise undoes an activation. What was prepared stays prepared.</summary>
    public async Task<StepResult> CancelAsync(CancellationToken stop)
    {
        if (OperationLock.Holder(host.Paths) == "prepare")
        {
            return await StopPrepareAsync(stop);
        }

        using var held = OperationLock.Take(host.Paths, "cancel");
        using var disk = await HostDisk.OpenForWritingAsync(host, stop);
        var signpost = disk.Signpost();
        RecordLostTrial(disk, signpost, []); // Its evidence is in the flags and the intent, which are about to go.
        signpost.CancelActivation();
        var journal = host.Journal.Load();
        signpost.Commit(disk.Disk);
        BestEffort(() => host.Journal.Save(journal with { Intent = null })); // The flags are the truth.
        var version = journal.Slots.GetValueOrDefault(disk.Other.Name)?.Version;
        var text =
            $"slot {disk.Running.Name} boots next again; slot {disk.Other.Name} keeps {version ?? "what it holds"}";
        TryRemember("activation-cancelled", disk.Other.Name, version, text);
        return new StepResult(disk.Running.Name, version, text);
    }

    private async Task<StepResult> StopPrepareAsync(CancellationToken stop)
    {
        if (!await CancelRequest.SendAsync(host.Paths, s_cancelWait, host.Time, stop))
        {
            throw new UpdateException(
                ErrorCodes.Busy,
                $"The running prepare did not stop within {Times.Span(s_cancelWait)}.",
                "Look at it with `updatectl status`, and try again."
            );
        }

        // It may have come to its end before it saw the request, or not have begun to write: the flags know.
        using var disk = HostDisk.OpenForReading(host);
        var flags = new HostFlags(disk);
        if (flags.OtherIsStaged)
        {
            var version = host.Journal.Load().Slots.GetValueOrDefault(disk.Other.Name)?.Version;
            return new StepResult(
                disk.Other.Name,
                version,
                $"the prepare has ended, and slot {disk.Other.Name} holds {version ?? "a release"} completely; it does not boot before it is activated"
            );
        }

        return new StepResult(
            "",
            null,
            flags.OtherWasUsed
                ? "the running prepare was stopped before it wrote anything"
                : "the running prepare was stopped; the slot it was writing can't boot"
        );
    }
}
