using RepoTools.Publishing;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <summary>A copy in a directory: metadata/ and targets/ are served, and beside them lie the lock and what is still on its way.</summary>
internal sealed class DirectoryDestination : ICopyDestination
{
    private readonly Workspace _workspace;
    private readonly PublisherLock? _lock;

    private DirectoryDestination(Workspace workspace, PublisherLock? held) => (_workspace, _lock) = (workspace, held);

    public string Text => _workspace.Root;

    private string[] Directories => [_workspace.Root, _workspace.Metadata, _workspace.Targets, _workspace.Incoming];

    /// <summary>For looking only: nothing is written, not even a lock.</summary>
    /// <exception cref="UpdateEngine.UpdateException">As <see cref="ForWriting"/>, but for the lock.</exception>
    public static DirectoryDestination ForReading(Workspace workspace)
    {
        var destination = new DirectoryDestination(workspace, null);
        foreach (var directory in destination.Directories)
        {
            PlainPath.RequireDirectory(directory);
        }

        return destination;
    }

    /// <summary>Keeps other writers away until it is disposed, and takes away what killed ones have left.</summary>
    /// <exception cref="UpdateEngine.UpdateException">
    /// <see cref="UpdateEngine.ErrorCodes.PublisherBusy"/>, <see cref="UpdateEngine.ErrorCodes.AlreadyExists"/> for a file in a directory's place.
    /// </exception>
    public static DirectoryDestination ForWriting(Workspace workspace)
    {
        _ = ForReading(workspace);
        // The lock lies in it, and comes first.
        Directory.CreateDirectory(workspace.Root);
        var held = PublisherLock.Take(workspace);
        var destination = new DirectoryDestination(workspace, held);
        foreach (var directory in destination.Directories)
        {
            Directory.CreateDirectory(directory);
        }

        DurableFile.DeleteLeftovers(workspace.Metadata);
        return destination;
    }

    public Task<byte[]?> ReadAsync(string path, int limit, CancellationToken cancel)
    {
        var full = Path.Combine(_workspace.Root, path);
        return Task.FromResult(File.Exists(full) ? DurableFile.ReadHead(full, limit + 1) : null);
    }

    public Task<bool> HasAsync(string path, long length, CancellationToken cancel)
    {
        var file = new FileInfo(Path.Combine(_workspace.Root, path));
        return Task.FromResult(file.Exists && file.LinkTarget is null && file.Length == length);
    }

    /// <summary>What is there already is read and compared, so that a copy that rotted on its medium is made good.</summary>
    public Task BringAsync(string path, TargetFile target, VerifiedRepository source, CancellationToken cancel) =>
        source.Client.DownloadTargetAsync(
            target,
            PlainPath.Below(_workspace.Root, path),
            new DownloadOptions { PartialDirectory = _workspace.Incoming },
            cancel
        );

    public Task WriteAsync(IReadOnlyList<CopiedFile> files, CancellationToken cancel)
    {
        Files.WriteAll([.. files.Select(file => (Path.Combine(_workspace.Root, file.Path), file.Bytes))], _ => { });
        return Task.CompletedTask;
    }

    /// <summary>What is left of downloads belongs to targets that are no longer wanted.</summary>
    public void Complete() => Directory.Delete(_workspace.Incoming, recursive: true);

    public void Dispose() => _lock?.Dispose();
}
