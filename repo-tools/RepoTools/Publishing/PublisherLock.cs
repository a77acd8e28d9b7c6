using UpdateEngine;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Publishing;

/// <summary>
/// One writer of a repository at a time, across processes: an flock on a file that stays. It goes with the process, so that a publisher that
/// was killed leaves nothing to clean up.
/// </summary>
internal sealed class PublisherLock : IDisposable
{
    private const int WouldBlock = 11; // EWOULDBLOCK: somebody else holds the flock.

    private readonly FileStream _file;

    private PublisherLock(FileStream file) => _file = file;

    /// <summary>Keeps other publishers away while a repository is changed; null in a dry run, which keeps nobody away.</summary>
    /// <exception cref="UpdateException">Those of <see cref="Take"/> and of <see cref="Published.Read"/>.</exception>
    public static PublisherLock? ForChange(Workspace workspace, bool isDryRun)
    {
        // First: a directory that is no repository gets no lock file.
        _ = Published.Read(workspace);
        return isDryRun ? null : Take(workspace);
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.PublisherBusy"/> when another publisher is at work.</exception>
    /// <exception cref="IOException">The lock can't be opened, on a medium that can't be written for example: waiting would not help.</exception>
    public static PublisherLock Take(Workspace workspace)
    {
        var held = new PublisherLock(Open(workspace));
        try
        {
            DeleteLeftovers(workspace);
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    private static FileStream Open(Workspace workspace)
    {
        try
        {
            // FileShare.None is an exclusive flock that does not wait.
            return new FileStream(workspace.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            throw new UpdateException(
                ErrorCodes.PublisherBusy,
                $"Another publisher is at work in {workspace.Root}.",
                "Run this again when it has finished.",
                e
            );
        }
    }

    /// <summary>Temporary files of a publisher that was killed: nobody else writes now, so they are nobody's.</summary>
    private static void DeleteLeftovers(Workspace workspace)
    {
        foreach (var directory in (string[])[workspace.Metadata, workspace.Targets, workspace.Draft, workspace.Trust])
        {
            if (Directory.Exists(directory))
            {
                DurableFile.DeleteLeftovers(directory);
            }
        }
    }

    public void Dispose() => _file.Dispose();
}
