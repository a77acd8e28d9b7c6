namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>Gives a guarded slot its tries back: it has been up long enough, or goes down in good order. Only after this boot's good verdict.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.NoVerdict"/>.</exception>
    public async Task<StepResult> RearmAsync(CancellationToken stop)
    {
        using var held = OperationLock.Take(host.Paths, "rearm");
        using var disk = await HostDisk.OpenForWritingAsync(host, stop);
        var slot = disk.Running;
        RequireGoodVerdict(disk);
        var signpost = disk.Signpost();
        if (host.Config.GuardTries is not { } tries || !signpost.TryRearm(tries))
        {
            return new StepResult(slot.Name, null, $"slot {slot.Name} is not guarded; nothing to do");
        }

        signpost.Commit(disk.Disk);
        return new StepResult(
            slot.Name,
            null,
            $"slot {slot.Name} may boot {tries} times before it has to be stable again"
        );
    }
}
