using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Images;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <param name="Targets">How many were brought.</param>
/// <param name="Bytes">Of those.</param>
/// <param name="Metadata">How many metadata files were written.</param>
/// <param name="Missing">Targets that the source itself does not have.</param>
internal sealed record CopyResult(int Targets, long Bytes, int Metadata, IReadOnlyList<string> Missing);

/// <summary>
/// Brings a repository to a destination in the order in which a publisher would: targets, delegated roles, targets.json, snapshot.json, roots, and
/// timestamp.json last, each durable before the next. Who reads meanwhile finds the old repository or the new one; what was cut off anywhere has left
/// the old one, and is completed by the next run.
/// </summary>
/// <param name="skipMissing">Whether targets that the source does not have are left out, and not an error.</param>
/// <param name="dryRun">Nothing is written.</param>
internal sealed class Copier(
    VerifiedRepository source,
    ICopyDestination destination,
    bool skipMissing = false,
    bool dryRun = false
)
{
    public async Task<CopyResult> RunAsync(CopyPlan plan, IProgress<TransferStep>? progress, CancellationToken cancel)
    {
        await DestinationState.RequireNotAheadAsync(destination, plan, cancel);
        var (targets, bytes, missing) = await BringTargetsAsync(plan.Selected.Targets, progress, cancel);
        var metadata = 0;
        foreach (var stage in plan.Stages)
        {
            metadata += await WriteChangedAsync(stage, cancel);
        }

        // Again: whoever else wrote there meanwhile may be ahead of us by now.
        await DestinationState.RequireNotAheadAsync(destination, plan, cancel);
        metadata += await WriteChangedAsync([plan.Timestamp], cancel);
        if (!dryRun)
        {
            destination.Complete();
        }

        return new CopyResult(targets, bytes, metadata, missing);
    }

    private async Task<(int Targets, long Bytes, List<string> Missing)> BringTargetsAsync(
        IReadOnlyList<TargetFile> targets,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var total = targets.Sum(target => target.Length);
        var (count, bytes, done) = (0, 0L, 0L);
        var missing = new List<string>();
        foreach (var target in targets)
        {
            var path = CopyPlan.PathOf(target);
            var had = await destination.HasAsync(path, target.Length, cancel);
            var (before, start) = (done, source.Transport.Count);
            source.Transport.Passed = _ =>
                progress?.Report(
                    new TransferStep("targets", before + Math.Min(target.Length, source.Transport.Count - start), total)
                );
            if (!await TryBringAsync(path, target, had, cancel))
            {
                missing.Add(target.Name);
            }
            else if (!had || source.Transport.Count > start)
            {
                (count, bytes) = (count + 1, bytes + target.Length);
            }

            done += target.Length;
            progress?.Report(new TransferStep("targets", done, total));
        }

        source.Transport.Passed = null;
        return (count, bytes, missing);
    }

    private async Task<bool> TryBringAsync(string path, TargetFile target, bool had, CancellationToken cancel)
    {
        try
        {
            if (!dryRun)
            {
                await destination.BringAsync(path, target, source, cancel);
            }
            else if (!had)
            {
                await source.RequireTargetAsync(target, cancel);
            }

            return true;
        }
        catch (NotFoundException) when (skipMissing)
        {
            return false;
        }
        catch (NotFoundException e)
        {
            throw new UpdateException(
                ErrorCodes.FileMissing,
                $"{source.Address.Text} does not have the file of the target {target.Name}; nothing became visible.",
                "If it is a copy of a part, choose the same part, or give --skip-missing.",
                e
            );
        }
    }

    private async Task<int> WriteChangedAsync(IReadOnlyList<CopiedFile> files, CancellationToken cancel)
    {
        var changed = new List<CopiedFile>();
        foreach (var file in files)
        {
            var there = await destination.ReadAsync(file.Path, file.Bytes.Length, cancel);
            if (there is null || !there.AsSpan().SequenceEqual(file.Bytes))
            {
                changed.Add(file);
            }
        }

        if (!dryRun)
        {
            await destination.WriteAsync(changed, cancel);
        }

        return changed.Count;
    }
}
