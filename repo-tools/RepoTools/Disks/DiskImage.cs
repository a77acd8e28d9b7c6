using UpdateEngine.Disks;
using UpdateEngine.Images;

namespace RepoTools.Disks;

/// <summary>Writes a disk image by a plan: sparse, flushed, and under its own name only when it is whole.</summary>
internal static class DiskImage
{
    /// <summary>Bytes copied at a time; a run of zeros of this length stays a hole.</summary>
    private const int ChunkBytes = 1 << 20;

    /// <returns>Whether private and data have a file system.</returns>
    public static async Task<bool> WriteAsync(
        string path,
        DiskPlan plan,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var partial = path + ".partial";
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        try
        {
            await using (var file = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                file.SetLength(plan.Length);
            }

            var table = GuidPartitionTable.Create(plan.Length, plan.SectorSize, plan.Partitions, Guid.NewGuid());
            foreach (var (label, image) in plan.Contents)
            {
                await CopyAsync(image, partial, Partition(table, label), progress, cancel);
            }

            var formatted = await FormatAsync(partial, table, cancel);
            using (var disk = BlockDevice.Open(partial, DiskAccess.ReadWrite, plan.SectorSize))
            {
                // Images and file systems before the table that points at them.
                disk.Flush();
                table.Commit(disk);
            }
            Files.MoveFlushed(partial, path);
            return formatted;
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static async Task<bool> FormatAsync(string path, GuidPartitionTable table, CancellationToken cancel)
    {
        if (Ext4.FindTool() is not { } tool)
        {
            return false;
        }

        foreach (var label in (string[])["PRIVATE", "DATA"])
        {
            var partition = Partition(table, label);
            await Ext4.MakeAsync(tool, path, partition.Offset, partition.Length, label.ToLowerInvariant(), cancel);
        }
        return true;
    }

    private static GptPartition Partition(GuidPartitionTable table, string label) =>
        table.Partitions.Single(p => string.Equals(p.Label, label, StringComparison.Ordinal));

    private static async Task CopyAsync(
        string image,
        string disk,
        GptPartition partition,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        await using var from = File.OpenRead(image);
        using var to = File.OpenHandle(disk, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        var chunk = new byte[ChunkBytes];
        for (long done = 0; ; )
        {
            var count = await from.ReadAtLeastAsync(chunk, chunk.Length, throwOnEndOfStream: false, cancel);
            if (count == 0)
            {
                return;
            }
            // The plan compared lengths; a file that grows meanwhile must not run into the next partition.
            if (done + count > partition.Length)
            {
                throw new IOException($"{image} grew while it was copied.");
            }

            if (chunk.AsSpan(0, count).ContainsAnyExcept((byte)0))
            {
                await RandomAccess.WriteAsync(to, chunk.AsMemory(0, count), partition.Offset + done, cancel);
            }

            done += count;
            progress?.Report(new TransferStep(partition.Label, done, from.Length));
        }
    }
}
