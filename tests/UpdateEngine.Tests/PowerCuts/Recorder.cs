using UpdateEngine.Disks;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Simulators;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>
/// One log of everything that an engine makes durable, in the order in which it does: writes and flushes of its disk, and every system call that
/// changes or flushes a file of its state directory.
/// </summary>
internal sealed class Recorder
{
    private readonly Lock _lock = new();
    private readonly string _state;
    private readonly Dictionary<string, int> _files = new(StringComparer.Ordinal);
    private List<DiskOperation> _operations = [];
    private int _lastFile;

    /// <param name="sandbox">Its disk goes through this from now on.</param>
    /// <param name="files">What lies in its state directory.</param>
    public Recorder(Sandbox sandbox, Tree files)
    {
        _state = sandbox.Paths.State;
        sandbox.Medium = disk => new WatchedDisk(disk, Add);
        Tree = files;
        foreach (var (path, file, _) in files.Files)
        {
            _files[path] = file;
            _lastFile = Math.Max(_lastFile, file);
        }
    }

    /// <summary>The state directory as processes see it.</summary>
    public Tree Tree { get; private set; }

    /// <summary>From here on; returns what was done until now.</summary>
    public IReadOnlyList<DiskOperation> Cut()
    {
        var done = _operations;
        _operations = [];
        return done;
    }

    /// <summary>For the caller and everything that it starts, until it is disposed.</summary>
    public IDisposable Listen()
    {
        DurableFile.AfterStep.Value = Take;
        return new Listening();
    }

    private void Take(DurableCall call)
    {
        if (call.Path != _state && !call.Path.StartsWith(_state + "/", StringComparison.Ordinal))
        {
            return; // Only what is on the private partition outlives a power cut.
        }

        var path = Relative(call.Path);
        switch (call.Step)
        {
            case DurableStep.MakeDirectory:
                Add(new DirectoryMade(path));
                break;
            case DurableStep.Create:
                _files[path] = ++_lastFile;
                Add(new FileNamed(path, _lastFile));
                break;
            case DurableStep.Write:
                // Not File.ReadAllBytes, which respects the writer's lock.
                Add(new FileWritten(_files[path], DurableFile.Read(call.Path, int.MaxValue - 1)));
                break;
            case DurableStep.Flush:
                Add(new FileFlushed(_files[path]));
                break;
            case DurableStep.Rename:
                var source = Relative(call.Source!);
                _files.Remove(source, out var file);
                _files[path] = file;
                Add(new FileNamed(path, file, source));
                break;
            case DurableStep.Delete:
                _files.Remove(path);
                Add(new FileNamed(path, null));
                break;
            case DurableStep.FlushDirectory:
                Add(new DirectoryFlushed(path));
                break;
            default:
                throw new InvalidOperationException($"A crash has no model for {call.Step}.");
        }
    }

    private string Relative(string path) => path.Length == _state.Length ? "" : path[(_state.Length + 1)..];

    private void Add(DiskOperation operation)
    {
        lock (_lock)
        {
            _operations.Add(operation);
            Apply(operation);
        }
    }

    private void Apply(DiskOperation operation) => Tree = operation is FileOperation change ? Tree.After(change) : Tree;

    private sealed class Listening : IDisposable
    {
        public void Dispose() => DurableFile.AfterStep.Value = null;
    }

    /// <summary>Passes everything on to the disk, and tells of it when it is done.</summary>
    private sealed class WatchedDisk(BlockDevice disk, Action<DiskOperation> tell) : IBlockDevice
    {
        public string Path => disk.Path;
        public long Length => disk.Length;
        public int SectorSize => disk.SectorSize;

        public void Read(long offset, Span<byte> buffer) => disk.Read(offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> buffer)
        {
            disk.Write(offset, buffer);
            if (buffer.Length > 0)
            {
                tell(new DiskWrite(offset, buffer.ToArray()));
            }
        }

        public void Flush()
        {
            disk.Flush();
            tell(new DiskFlush());
        }

        public void DropCache(long offset, long length) => disk.DropCache(offset, length);

        public void Dispose() { }
    }
}
