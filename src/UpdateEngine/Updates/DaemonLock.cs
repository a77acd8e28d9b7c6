using Microsoft.Win32.SafeHandles;
using UpdateEngine.Native;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

/// <summary>One daemon a host: a flock held as long as it lives, which the kernel gives back however it ends.</summary>
public sealed class DaemonLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private DaemonLock(SafeFileHandle file) => _file = file;

    /// <exception cref="UpdateException"><see cref="ErrorCodes.Busy"/> when another daemon has it.</exception>
    public static DaemonLock Take(HostPaths paths)
    {
        Directory.CreateDirectory(paths.Runtime);
        var errno = Linux.OpenOrCreate(paths.DaemonLock, out var file);
        if (errno == 0)
        {
            errno = Linux.TryLock(file);
        }

        if (errno == 0)
        {
            return new DaemonLock(file);
        }

        file.Dispose();
        throw errno == Linux.ErrnoWouldBlock
            ? new UpdateException(
                ErrorCodes.Busy,
                $"Another update-engine runs on this host: it holds {paths.DaemonLock}.",
                "Stop it first; one is enough for a host."
            )
            : new UpdateException(
                ErrorCodes.NoPermission,
                $"{paths.DaemonLock} can't be opened: {Linux.Message(errno)}.",
                "Run as root, or check the permissions."
            );
    }

    public void Dispose() => _file.Dispose();
}
