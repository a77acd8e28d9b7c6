using UpdateEngine.State;

namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>
    /// An operator leaves the running release for the one in the other slot. It is put on the deny list first (flushed), so that the host does not
    /// take it again by itself; then the intent, then the flags.
    /// </summary>
    public async Task<StepResult> RollBackAsync(string? reason, CancellationToken stop)
    {
        using var held = OperationLock.Take(host.Paths, "rollback");
        using var disk = await HostDisk.OpenForWritingAsync(host, stop);
        var signpost = disk.Signpost();
        signpost.RollBack(); // In memory: refused before anything is written.

        // By the name it was offered under, as after a bad verdict.
        var prepared = PreparedIn(disk.Running);
        var leaving = prepared?.Version ?? RunningSystem.Read(host, disk).Version?.ToString();
        var journal = host.Journal.Load();
        var to = journal.Slots.GetValueOrDefault(disk.Other.Name)?.Version;
        if (leaving is not null)
        {
            Deny(leaving, reason ?? "rolled back by an operator", null, "operator", prepared);
        }

        host.Journal.Save(journal with { Intent = new BootIntent("rollback", disk.Other.Name, to, Now) });
        signpost.Commit(disk.Disk);
        var text =
            $"slot {disk.Other.Name}{(to is null ? "" : $" with {to}")} boots next; {leaving ?? "the running version"} is denied";
        TryRemember("rolled-back", disk.Other.Name, to, text);
        return new StepResult(disk.Other.Name, to, text);
    }
}
