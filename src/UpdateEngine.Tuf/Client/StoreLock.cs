using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// One refresh of a metadata directory at a time, whoever the processes are. The lock (flock) is on the directory itself, so that nothing
/// but metadata lies in it, and ends with the process that holds it. The wait is as long as the caller's token allows.
/// </summary>
internal sealed partial class StoreLock : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(50);
    private readonly SafeFileHandle _directory;

    private StoreLock(SafeFileHandle directory) => _directory = directory;

    /// <exception cref="StoreFailedException">The directory cannot be opened, or its file system has no locks.</exception>
    public static async Task<StoreLock> AcquireAsync(string directory, TimeProvider time, CancellationToken ct)
    {
        const int ReadOnlyDirectoryCloseOnExec = 0x90000;
        var handle = open(directory, ReadOnlyDirectoryCloseOnExec);
        try
        {
            if (handle.IsInvalid)
            {
                throw Failure(directory);
            }

            while (!TryLock(handle, directory))
            {
                await Task.Delay(s_interval, time, ct);
            }

            return new StoreLock(handle);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Unlocks in so many words: a process that is being started at this moment still has a copy of the descriptor.</summary>
    public void Dispose()
    {
        const int Unlock = 8;
        if (!_directory.IsClosed)
        {
            _ = flock(_directory, Unlock);
        }

        _directory.Dispose();
    }

    private static bool TryLock(SafeFileHandle handle, string directory)
    {
        const int ExclusiveNonBlocking = 2 | 4;
        const int Interrupted = 4;
        const int WouldBlock = 11;
        if (flock(handle, ExclusiveNonBlocking) == 0)
        {
            return true;
        }

        return Marshal.GetLastPInvokeError() is Interrupted or WouldBlock ? false : throw Failure(directory);
    }

    private static StoreFailedException Failure(string directory) =>
        new(directory, $"'{directory}' could not be locked: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc.so.6", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial int flock(SafeFileHandle descriptor, int operation);
}
