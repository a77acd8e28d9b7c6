using System.Text;
using Microsoft.Win32.SafeHandles;
using UpdateEngine.Native;
using UpdateEngine.State;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Updates;

/// <summary>
/// One operation at a time on a host: an exclusive flock on run/update-engine/lock, which the kernel gives back when its holder ends, however
/// it ends. The file names the operation, for the message to whoever comes second.
/// </summary>
public sealed class OperationLock : IDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(100);

    private readonly SafeFileHandle _file;

    private OperationLock(SafeFileHandle file) => _file = file;

    /// <exception cref="UpdateException"><see cref="ErrorCodes.Busy"/>, naming the operation that runs.</exception>
    public static OperationLock Take(HostPaths paths, string operation)
    {
        var file = Open(paths);
        if (!TryLock(file))
        {
            using (file)
            {
                throw Busy(paths, file);
            }
        }
        try
        {
            RandomAccess.SetLength(file, 0);
            RandomAccess.Write(file, Encoding.UTF8.GetBytes($"{operation} {Environment.ProcessId}\n"), 0);
        }
        catch (IOException)
        {
            // A full file system: the name is only for messages. A boot must get its verdict without it.
        }

        RemoveLeftovers(paths);
        return new OperationLock(file);
    }

    /// <summary>Temporary files of state that operations left which were killed, or lost power. Without the lock they might be somebody's.</summary>
    private static void RemoveLeftovers(HostPaths paths)
    {
        try
        {
            if (Directory.Exists(paths.State))
            {
                DurableFile.DeleteLeftovers(paths.State);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // They are in nobody's way; whoever needs the directory says what is wrong with it.
        }
    }

    /// <summary>Waits as long as it takes: the verdict on a boot must not be lost because something else runs.</summary>
    public static async Task<OperationLock> WaitAsync(
        HostPaths paths,
        string operation,
        TimeProvider time,
        CancellationToken stop
    )
    {
        while (true)
        {
            try
            {
                return Take(paths, operation);
            }
            catch (UpdateException e) when (e.Code == ErrorCodes.Busy)
            {
                await Task.Delay(s_poll, time, stop);
            }
        }
    }

    /// <summary>The operation that holds the lock now ("prepare"), or null. Not promised to be so a moment later.</summary>
    public static string? Holder(HostPaths paths)
    {
        // Asking takes the lock for an instant, in which an operation would be turned away. So only a file that names a holder is asked.
        if (Linux.Open(paths.Lock, forWriting: false, out var file) is var errno && errno != 0)
        {
            return errno == Linux.ErrnoNoEntry ? null : throw CannotOpen(paths, errno);
        }

        using (file)
        {
            var holder = Describe(file);
            if (holder is null)
            {
                return null;
            }

            if (Linux.TryLock(file) != 0)
            {
                return holder.Split(' ')[0];
            }

            // Given back at once: closing alone would leave it to a child that is being started in this instant.
            _ = Linux.Unlock(file);
            return null;
        }
    }

    public void Dispose()
    {
        if (!_file.IsClosed)
        {
            RandomAccess.SetLength(_file, 0);
            // Closing alone would leave it to a child that is being started in this instant and has not closed its copy yet.
            _ = Linux.Unlock(_file);
        }

        _file.Dispose();
    }

    /// <summary>Not at the first "no": <see cref="Holder"/> takes the lock for an instant to ask for it.</summary>
    private static bool TryLock(SafeFileHandle file)
    {
        const int Attempts = 60; // Some tens of milliseconds: SpinWait sleeps 1 ms at a time after its first rounds.
        var pause = new SpinWait();
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (Linux.TryLock(file) == 0)
            {
                return true;
            }

            pause.SpinOnce();
        }

        return false;
    }

    // Not File.OpenHandle, which takes a flock of its own and fails while an operation holds ours.
    private static SafeFileHandle Open(HostPaths paths)
    {
        Directory.CreateDirectory(paths.Runtime);
        var errno = Linux.OpenOrCreate(paths.Lock, out var file);
        return errno == 0 ? file : throw CannotOpen(paths, errno);
    }

    private static string? Describe(SafeFileHandle file)
    {
        var buffer = new byte[100];
        var text = Encoding.UTF8.GetString(buffer, 0, RandomAccess.Read(file, buffer, 0)).Trim();
        return text.Length == 0 ? null : text;
    }

    private static UpdateException CannotOpen(HostPaths paths, int errno) =>
        new(
            errno is Linux.ErrnoAccess or Linux.ErrnoNotPermitted ? ErrorCodes.NoPermission : ErrorCodes.InputOutput,
            $"{paths.Lock} can't be opened: {Linux.Message(errno)}.",
            "Run as root, or check the permissions."
        );

    private static UpdateException Busy(HostPaths paths, SafeFileHandle file)
    {
        var who = Describe(file)?.Split(' ') is [var operation, var process]
            ? $" ({operation}, process {process})"
            : "";
        return new UpdateException(
            ErrorCodes.Busy,
            $"Another operation{who} holds {paths.Lock}.",
            "Try again when it has finished, or stop a running prepare with `updatectl cancel`."
        );
    }
}
