using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>
    /// Lets the prepared slot boot next. Its images are hashed again first (they may have lain there for weeks), a release that was recalled or
    /// denied since is refused, the intent is journalled (flushed), and only then the flags are committed.
    /// </summary>
    /// <returns>With a warning in the text when the repository could not be asked for a recall.</returns>
    /// <param name="force">Also if it was recalled or denied: for a release that was prepared by force.</param>
    public async Task<StepResult> ActivateAsync(bool force, IProgress<TransferStep>? progress, CancellationToken stop)
    {
        using var held = OperationLock.Take(host.Paths, "activate");
        using var disk = await HostDisk.OpenForWritingAsync(host, stop);
        var signpost = disk.Signpost();
        var slot = disk.Other;
        signpost.Activate(); // In memory: what the flags do not allow is refused before any work.

        var journal = host.Journal.Load();
        var prepared = journal.Slots.GetValueOrDefault(slot.Name) is { Images.Count: > 0 } known
            ? known
            : throw UnknownContent(slot);
        string? warning = null;
        if (!force)
        {
            RefuseDenied(prepared);
            warning = await RefuseRecalledAsync(disk, prepared, stop);
        }

        await HashAgainAsync(disk, slot, prepared, progress, stop);

        host.Journal.Save(journal with { Intent = new BootIntent("activate", slot.Name, prepared.Version, Now) });
        signpost.Commit(disk.Disk);
        var text = $"slot {slot.Name} with {prepared.Version} boots next";
        TryRemember("activated", slot.Name, prepared.Version, text);
        return new StepResult(slot.Name, prepared.Version, warning is null ? text : $"{text} ({warning})");
    }

    private void RefuseDenied(PreparedRelease prepared)
    {
        if (host.DenyList.Load().Find(prepared, Now) is { } entry)
        {
            throw new UpdateException(
                ErrorCodes.ReleaseDenied,
                $"{prepared.Version} is on this host's deny list: {entry.Explain(prepared.Version)}.",
                $"Allow it with `updatectl deny remove {entry.Version}`, activate it with --force, or prepare another release."
            );
        }
    }

    /// <summary>Best effort: a repository that can't be reached must not keep a verified release from booting.</summary>
    private async Task<string?> RefuseRecalledAsync(HostDisk disk, PreparedRelease prepared, CancellationToken stop)
    {
        string? recalled;
        try
        {
            using var repository = Repository.Open(host, patient: false);
            var (_, manifest) = await ChooseAsync(disk, repository, new ChoiceOptions(), stop);
            recalled = manifest
                .Updates.FirstOrDefault(u =>
                    u.Variant == prepared.Variant && u.Arch == prepared.Arch && u.Version.ToString() == prepared.Version
                )
                ?.Recalled;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return $"the repository could not be asked whether it was recalled: {Faults.From(e).Message}";
        }

        return recalled is null
            ? null
            : throw new UpdateException(
                ErrorCodes.ReleaseRecalled,
                $"{prepared.Version} was recalled by its publisher after it was prepared: {recalled}.",
                "Prepare another release, or activate it with --force; the running slot is untouched."
            );
    }

    private async Task HashAgainAsync(
        HostDisk disk,
        Slot slot,
        PreparedRelease prepared,
        IProgress<TransferStep>? progress,
        CancellationToken stop
    )
    {
        var reader = new SlotWriter(disk.Disk, disk.Running, slot);
        foreach (var (role, image) in prepared.Images)
        {
            Action<long> report = done =>
                progress?.Report(new TransferStep($"{role} image, checking again", done, image.Length));
            var algorithm = image.Digest.Algorithm;
            if (await SlotDigest.ComputeAsync(reader, role, algorithm, image.Length, report, stop) == image.Digest)
            {
                continue;
            }

            // What is there can't be trusted any more: the slot is empty from now on.
            var signpost = new Signpost(GuidPartitionTable.Read(disk.Disk), disk.Slots, disk.Running);
            signpost.BeginWrite();
            signpost.Commit(disk.Disk);
            BestEffort(() => Forget(slot));
            throw new UpdateException(
                ErrorCodes.ReadBackMismatch,
                $"The {role} partition of slot {slot.Name} no longer holds what was prepared ({image.Target}); the slot was made unbootable.",
                "Check the disk, then run `updatectl prepare` again."
            );
        }
    }

    private void Forget(Slot slot)
    {
        var journal = host.Journal.Load();
        var slots = new SortedDictionary<string, PreparedRelease>(journal.Slots);
        slots.Remove(slot.Name);
        host.Journal.Save(journal with { Slots = slots });
    }

    private static UpdateException UnknownContent(Slot slot) =>
        new(
            ErrorCodes.StepNotAllowed,
            $"Slot {slot.Name} can't be activated: the journal does not know what it holds.",
            "Run `updatectl prepare` again."
        );
}
