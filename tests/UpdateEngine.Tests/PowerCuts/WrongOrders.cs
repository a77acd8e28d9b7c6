using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What a step did, in another order or with a part of it left out.</summary>
internal static class WrongOrders
{
    /// <summary>Each step starts from the disk that the changed ones before it left.</summary>
    public static List<LifeStep> Of(string order, IReadOnlyList<LifeStep> steps)
    {
        var disk = steps[0].Disk;
        var result = new List<LifeStep>();
        foreach (var (i, step) in steps.Index())
        {
            // What happened to the disk between two steps, as a bad medium does it, happens here too.
            var expected = i == 0 ? step.Disk : steps[i - 1].DiskAfter;
            for (var at = 0; at < disk.Length; at++)
            {
                disk[at] = step.Disk[at] == expected[at] ? disk[at] : step.Disk[at];
            }

            result.Add(step with { Disk = disk, Operations = Of(order, step) });
            disk = result[^1].DiskAfter;
        }

        return result;
    }

    private static List<DiskOperation> Of(string order, LifeStep step)
    {
        var all = step.Operations;
        var (images, commits) = (ImagesOf(all), CommitsOf(all));
        var isPrepare = commits.Count == 2 && images.Count > 0;
        return order switch
        {
            "no flush of the disk" => [.. all.Where(o => o is not DiskFlush)],
            "both copies of a table between two flushes, the primary first" => EachCommit(
                all,
                c => [c[3], c[4], c[0], c[1], c[5]]
            ),
            "one copy of a table only" => EachCommit(all, c => [c[3], c[4], c[5]]),
            "the slot is marked valid before its images are written" => isPrepare
                ? Moved(all, images, all.Count)
                : [.. all],
            "no flush between the images and the mark" => isPrepare
                ? [.. all.Where((o, i) => o is not DiskFlush || i < images[0] || i >= commits[1] + 5)]
                : [.. all],
            "images before the slot is made unbootable" => isPrepare ? Moved(all, images, commits[0]) : [.. all],
            "the slot is marked valid before the journal names it" => isPrepare
                ? Moved(all, CommitAt(commits[1]), images[^1] + 1)
                : [.. all],
            "flags before the deny list" => step.Scene.Denies is not null && commits.Count > 0
                ? Moved(all, CommitAt(commits[0]), 0)
                : [.. all],
            "files are renamed before they are flushed" => RenamedFirst(all),
            "names are never flushed" => [.. all.Where(o => o is not DirectoryFlushed)],
            "files are written over" => WrittenOver(step),
            _ => throw new ArgumentException(order, nameof(order)),
        };
    }

    /// <summary>Where commits begin: entries and header of one copy, flushed, then of the other. An image is one write between two flushes.</summary>
    private static List<int> CommitsOf(IReadOnlyList<DiskOperation> all) =>
        [
            .. Enumerable
                .Range(0, Math.Max(0, all.Count - 5))
                .Where(i => all.Skip(i).Take(6) is var six && IsCommit([.. six])),
        ];

    private static bool IsCommit(DiskOperation[] six) =>
        six is [DiskWrite, DiskWrite, DiskFlush, DiskWrite, DiskWrite, DiskFlush];

    private static List<int> CommitAt(int start) => [.. Enumerable.Range(start, 6)];

    private static List<int> ImagesOf(IReadOnlyList<DiskOperation> all)
    {
        var ofCommits = CommitsOf(all).SelectMany(CommitAt).ToHashSet();
        return
        [
            .. Enumerable.Range(0, all.Count).Where(i => all[i] is DiskWrite or DiskFlush && !ofCommits.Contains(i)),
        ];
    }

    /// <summary>Those operations, before the one that is at this place now.</summary>
    private static List<DiskOperation> Moved(IReadOnlyList<DiskOperation> all, List<int> which, int before)
    {
        var moved = which.ToHashSet();
        return
        [
            .. all.Where((_, i) => i < before && !moved.Contains(i)),
            .. which.Select(i => all[i]),
            .. all.Where((_, i) => i >= before && !moved.Contains(i)),
        ];
    }

    private static List<DiskOperation> EachCommit(
        IReadOnlyList<DiskOperation> all,
        Func<IReadOnlyList<DiskOperation>, IReadOnlyList<DiskOperation>> change
    )
    {
        var starts = CommitsOf(all).ToHashSet();
        var result = new List<DiskOperation>();
        for (var i = 0; i < all.Count; i++)
        {
            if (starts.Contains(i))
            {
                result.AddRange(change([.. all.Skip(i).Take(6)]));
                i += 5;
            }
            else
            {
                result.Add(all[i]);
            }
        }

        return result;
    }

    private static List<DiskOperation> RenamedFirst(IReadOnlyList<DiskOperation> all)
    {
        var result = all.ToList();
        for (var i = 0; i + 1 < result.Count; i++)
        {
            if (result[i] is FileFlushed && result[i + 1] is FileNamed { Source: not null })
            {
                (result[i], result[i + 1]) = (result[i + 1], result[i]);
                i++;
            }
        }

        return result;
    }

    /// <summary>A file that was there keeps its place, and gets the new content.</summary>
    private static List<DiskOperation> WrittenOver(LifeStep step)
    {
        var names = step.Files.Files.ToDictionary(f => f.Path, f => f.File);
        var contents = new Dictionary<int, byte[]>();
        var result = new List<DiskOperation>();
        foreach (var operation in step.Operations)
        {
            if (operation is FileWritten written)
            {
                contents[written.File] = written.Content;
            }

            if (operation is FileNamed { Source: not null, File: { } file } renamed)
            {
                var there = names.TryGetValue(renamed.Path, out var old);
                result.AddRange(
                    there
                        ?
                        [
                            new FileWritten(old, contents[file]),
                            new FileFlushed(old),
                            new FileNamed(renamed.Source, null),
                        ]
                        : [operation]
                );
                names.TryAdd(renamed.Path, file);
            }
            else
            {
                result.Add(operation);
            }
        }

        return result;
    }
}
