using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tuf.Metadata;
using Roles = UpdateEngine.Disks.Roles;

namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>What prepare is going to do. Made and checked completely before the first byte is written.</summary>
    private sealed record PreparePlan(Release Release, Slot Slot, IReadOnlyList<PlannedImage> Images);

    /// <summary>
    /// Writes a release into the slot that does not run. The order that keeps promises P1 and P2:
    /// <list type="number">
    /// <item>journal: the slot is about to be written (flushed: a full state directory is found here, before any change), and what of its
    /// content an interrupted prepare of the same images has left. What it held stays named, because it can boot until the next step;</item>
    /// <item>the slot is made unbootable, committed;</item>
    /// <item>each image: fetched, verified to its end, written, flushed, read back; in between, after each flush, journal: how far it
    /// is;</item>
    /// <item>journal: the release that the slot holds (flushed);</item>
    /// <item>the slot is marked valid, committed. It still does not boot: that takes <see cref="ActivateAsync"/>.</item>
    /// </list>
    /// </summary>
    /// <exception cref="UpdateException">Whatever went wrong; the slot stays unbootable, the running one is untouched.</exception>
    public async Task<StepResult> PrepareAsync(
        ChoiceOptions options,
        IProgress<TransferStep>? progress,
        CancellationToken stop
    )
    {
        using var held = OperationLock.Take(host.Paths, "prepare");
        using var disk = await HostDisk.OpenForWritingAsync(host, stop);
        using var repository = Repository.Open(host);
        await using var cancel = CancelRequest.Watch(host, stop);
        DiskManners.Apply(host.Config.InputOutputPriority);
        RequireGoodVerdict(disk);
        PreparePlan? plan = null;
        try
        {
            var (check, _) = await ChooseAsync(disk, repository, options, cancel.Token);
            var release = check.Decision.Chosen ?? throw NothingToDo(check.Decision.Refusal!);
            RefuseIfThere(disk, release);
            plan = await PlanAsync(disk, repository, release, cancel.Token);
            await WriteAsync(disk, repository, plan, progress, cancel.Token);
        }
        catch (Exception e)
        {
            var cause = cancel.Explain(e);
            if (plan is not null)
            {
                var fault = Faults.From(cause);
                TryRemember(
                    "prepare-failed",
                    plan.Slot.Name,
                    plan.Release.Version.ToString(),
                    fault.Message,
                    fault.Code
                );
            }

            if (cause == e)
            {
                throw;
            }

            throw cause;
        }

        var version = plan.Release.Version.ToString();
        var text = $"{version} is prepared in slot {plan.Slot.Name}";
        TryRemember("prepared", plan.Slot.Name, version, text);
        return new StepResult(plan.Slot.Name, version, text);
    }

    private async Task WriteAsync(
        HostDisk disk,
        Repository repository,
        PreparePlan plan,
        IProgress<TransferStep>? progress,
        CancellationToken stop
    )
    {
        var signpost = disk.Signpost();
        var journal = host.Journal.Load();
        var checkpoints = UsableCheckpoints(journal, signpost.Flags(plan.Slot), plan);
        Save();

        signpost.BeginWrite();
        signpost.Commit(disk.Disk);

        var slot = new SlotWriter(disk.Disk, disk.Running, plan.Slot);
        var pipeline = new ImagePipeline(slot, progress, Checkpoint)
        {
            BytesPerSecond = host.Config.Bandwidth,
            Time = host.Time,
        };
        var work = new ImageWork(repository, pipeline, Keep);
        var images = new SortedDictionary<string, PreparedImage>();
        foreach (var image in plan.Images)
        {
            images[image.Role] = await work.BringAsync(image, checkpoints.GetValueOrDefault(image.Role), stop);
        }

        stop.ThrowIfCancellationRequested();
        var release = plan.Release;
        var slots = new SortedDictionary<string, PreparedRelease>(journal.Slots)
        {
            [plan.Slot.Name] = new(release.Variant, release.Arch, release.Version.ToString(), Now, images),
        };
        host.Journal.Save(journal with { Slots = slots, Writing = null, Checkpoint = null, Intent = null });

        signpost.MarkValid(host.Config.TrialTries);
        signpost.Commit(disk.Disk);

        void Save() =>
            host.Journal.Save(
                journal with
                {
                    Writing = plan.Slot.Name,
                    Checkpoint = checkpoints.Count > 0 ? new SlotCheckpoint(plan.Slot.Name, checkpoints) : null,
                }
            );

        // Called when its bytes have been flushed. Without it only more would have to be fetched again.
        void Keep(PlannedImage image, ImageCheckpoint? checkpoint)
        {
            if (checkpoint?.ImageOffset < checkpoints.GetValueOrDefault(image.Role)?.ImageOffset)
            {
                return; // The same file again, from its beginning, over the same bytes: what lies behind is still there.
            }

            checkpoints.Remove(image.Role);
            if (checkpoint is not null)
            {
                checkpoints.Add(image.Role, checkpoint);
            }

            BestEffort(Save);
        }
    }

    /// <summary>A slot that can boot was written to its end, or by somebody else, since; and the journal's own word is only believed for a slot that can't.</summary>
    private static SortedDictionary<string, ImageCheckpoint> UsableCheckpoints(
        JournalDocument journal,
        BootFlags flags,
        PreparePlan plan
    )
    {
        var isUnfinished =
            journal.Writing == plan.Slot.Name
            && journal.Checkpoint?.Slot == plan.Slot.Name
            && flags == BootFlags.Cleared;
        return new(
            plan.Images.Where(i =>
                    isUnfinished
                    && journal.Checkpoint!.Images.GetValueOrDefault(i.Role) is { } checkpoint
                    && i.Continues(checkpoint)
                )
                .ToDictionary(i => i.Role, i => journal.Checkpoint!.Images[i.Role], StringComparer.Ordinal),
            StringComparer.Ordinal
        );
    }

    /// <summary>No update starts from a boot that nobody has judged: it may be about to be left.</summary>
    private void RequireGoodVerdict(HostDisk disk)
    {
        _ = disk.Running;
        if (host.Journal.Load().Verdict is not { Good: true } verdict || verdict.BootId != disk.BootId)
        {
            throw new UpdateException(
                ErrorCodes.NoVerdict,
                $"Slot {disk.Running.Name}, which runs, has no good verdict for this boot yet.",
                "Run `updatectl confirm` first: it runs the health checks."
            );
        }
    }

    private void RefuseIfThere(HostDisk disk, Release release)
    {
        var other = disk.Other;
        var flags = disk.Signpost().Flags(other);
        var holds = host.Journal.Load().Slots.GetValueOrDefault(other.Name)?.Version == release.Version.ToString();
        if (!holds || flags is { Tries: 0, Successful: false })
        {
            return;
        }

        var next =
            flags.Priority == 0 ? "Activate it with `updatectl activate`." : "Boot into it, or `updatectl rollback`.";
        throw new UpdateException(
            ErrorCodes.NothingToDo,
            $"Nothing to do: slot {other.Name} holds {release.Version} already.",
            next
        );
    }

    /// <summary>Every refusal that can be known before the first write.</summary>
    private static async Task<PreparePlan> PlanAsync(
        HostDisk disk,
        Repository repository,
        Release release,
        CancellationToken stop
    )
    {
        var writer = new SlotWriter(disk.Disk, disk.Running, disk.Other);
        var images = new List<PlannedImage>();
        foreach (var role in release.Images.Keys)
        {
            var target = await repository.FindImageAsync(release, role, stop);
            images.Add(new PlannedImage(role, target, release.Raw?.GetValueOrDefault(role)));
        }

        // The old tree beside a new root would be a slot that no verity boot accepts.
        if (writer.Has(Roles.Hash) && images.All(i => i.Role != Roles.Hash))
        {
            throw new UpdateException(
                ErrorCodes.ImageMissing,
                $"{release.Version} has no hash image, but slot {disk.Other.Name} has a hash partition.",
                "Nothing was written. Tell the publisher: this host needs a release with its dm-verity tree."
            );
        }

        foreach (var image in images)
        {
            var capacity = writer.Capacity(image.Role);
            if (image.Raw is { } raw && raw.Length > capacity)
            {
                throw new UpdateException(
                    ErrorCodes.SlotTooSmall,
                    $"The {image.Role} image of {release.Version} has {raw.Length} bytes, but the {image.Role} partition of slot {disk.Other.Name} holds {capacity}.",
                    "Nothing was written. This release needs a host with larger slots."
                );
            }

            if (
                image.Raw is null
                && await ImageProbe.FindFaultAsync(repository, image.Target, capacity, stop) is { } fault
            )
            {
                throw fault;
            }
        }

        return new PreparePlan(release, disk.Other, images);
    }
}
