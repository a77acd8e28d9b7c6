using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What is on the medium at one place of a log, and what was written and not flushed yet.</summary>
internal sealed class Pending(byte[] image, int sectorSize, Dictionary<int, byte[]?> sectors, Tree files)
{
    private readonly List<DiskWrite> _writes = [];
    private readonly List<FileOperation> _changes = [];

    /// <summary>On the medium: sectors that differ from the image.</summary>
    public Dictionary<int, byte[]?> Sectors => sectors;

    /// <summary>On the medium.</summary>
    public Tree Files { get; private set; } = files;

    public IReadOnlyList<DiskWrite> Writes => _writes;

    public IReadOnlyList<FileOperation> Changes => _changes;

    public static bool IsFlush(DiskOperation? operation) => operation is DiskFlush or FileFlushed or DirectoryFlushed;

    public void Add(DiskOperation operation)
    {
        if (operation is DiskWrite write)
        {
            _writes.Add(write);
        }
        else
        {
            _changes.Add((FileOperation)operation);
        }
    }

    /// <summary>A flush of the disk, of a file, or of a directory: each makes only its own durable.</summary>
    public void Settle(DiskOperation? flush)
    {
        if (flush is DiskFlush)
        {
            _writes.ForEach(write => OverlayDisk.Apply(sectors, image, sectorSize, write));
            _writes.Clear();
            return;
        }

        var done = _changes
            .Where(c =>
                flush switch
                {
                    FileFlushed file => c is FileWritten written && written.File == file.File,
                    DirectoryFlushed directory => directory.Covers(c),
                    _ => false,
                }
            )
            .ToList();
        done.ForEach(change => Files = Files.After(change));
        _changes.RemoveAll(done.Contains);
    }
}
