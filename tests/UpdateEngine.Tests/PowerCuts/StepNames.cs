using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What each recorded operation is called, so that they can be enumerated: "journal.json: rename", "disk: backup header".</summary>
internal static class StepNames
{
    public static IEnumerable<string> Of(LifeStep step, int sectorSize)
    {
        var table = GuidPartitionTable.Read(new OverlayDisk(step.Disk, sectorSize, new Dictionary<int, byte[]?>()));
        var names = step.Files.Files.ToDictionary(f => f.File, f => f.Path);
        foreach (var operation in step.Operations)
        {
            if (operation is FileNamed { File: { } file } named)
            {
                names[file] = named.Path;
            }

            yield return operation switch
            {
                DiskFlush => "disk: flush",
                DiskWrite write => $"disk: {PlaceOf(write, table, step.Disk.Length, sectorSize)}",
                DirectoryMade made => $"{made.Path}/: make",
                DirectoryFlushed flushed => $"{flushed.Path}/: flush",
                FileNamed { File: null } removed => $"{Name(removed.Path)}: delete",
                FileNamed { Source: null } made => $"{Name(made.Path)}: create",
                FileNamed renamed => $"{Name(renamed.Path)}: rename",
                FileWritten written => $"{Name(names[written.File])}: write",
                FileFlushed flushed => $"{Name(names[flushed.File])}: flush",
                _ => throw new InvalidOperationException($"{operation} has no name."),
            };
        }
    }

    private static string Name(string path) => Tree.NameOf(path);

    private static string PlaceOf(DiskWrite write, GuidPartitionTable table, long length, int sectorSize) =>
        table.Partitions.FirstOrDefault(p => write.Offset >= p.Offset && write.Offset < p.Offset + p.Length)
            is { } partition
            ? partition.Label
            : (write.Offset < length / 2, write.Data.Length == sectorSize) switch
            {
                (true, true) => "primary header",
                (true, false) => "primary entries",
                (false, true) => "backup header",
                (false, false) => "backup entries",
            };
}
