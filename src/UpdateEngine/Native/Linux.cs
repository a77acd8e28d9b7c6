using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UpdateEngine.Native;

/// <summary>The few Linux calls that .NET does not offer. Each returns 0 or the errno of the failure; none throws.</summary>
internal static partial class Linux
{
    public const int ErrnoNotPermitted = 1; // EPERM
    public const int ErrnoNoEntry = 2; // ENOENT
    public const int ErrnoInterrupted = 4; // EINTR
    public const int ErrnoWouldBlock = 11; // EAGAIN
    public const int ErrnoAccess = 13; // EACCES
    public const int ErrnoNotADirectory = 20; // ENOTDIR

    private const int OpenReadOnly = 0; // O_RDONLY
    private const int OpenReadWrite = 2; // O_RDWR
    private const int OpenCreate = 0x40; // O_CREAT
    private const int OpenNonBlocking = 0x800; // O_NONBLOCK
    private static readonly int s_openDirect = // O_DIRECT, which has another value on arm64
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x10000 : 0x4000;
    private const int OpenCloseOnExec = 0x80000; // O_CLOEXEC
    private const uint OwnerOnly = 0x180; // 0600
    private const int LockExclusive = 2; // LOCK_EX
    private const int LockNonBlocking = 4; // LOCK_NB
    private const int LockRelease = 8; // LOCK_UN
    private const int AdviseDontNeed = 4; // POSIX_FADV_DONTNEED
    private const nuint IoctlSectorSize = 0x1268; // BLKSSZGET, int
    private const nuint IoctlSizeInBytes = 0x80081272; // BLKGETSIZE64, u64

    /// <summary>
    /// open(2) of what exists. Not File.OpenHandle: that takes a shared flock of its own, so that it fails while a writer holds the
    /// disk, and holds off every writer afterwards. Non-blocking means nothing to disks and plain files, but a pipe in their place is
    /// opened, and refused, at once.
    /// </summary>
    public static int Open(string path, bool forWriting, out SafeFileHandle file) =>
        OpenExisting(path, forWriting ? OpenReadWrite : OpenReadOnly, out file);

    /// <summary>
    /// As <see cref="Open(string, bool, out SafeFileHandle)"/>, past the page cache (O_DIRECT, which .NET's FileOptions do not know); EINVAL
    /// where the file system has no such thing. Through it offsets, lengths and buffers must be multiples of the medium's block size.
    /// </summary>
    public static int OpenDirect(string path, bool forWriting, out SafeFileHandle file) =>
        OpenExisting(path, (forWriting ? OpenReadWrite : OpenReadOnly) | s_openDirect, out file);

    private static int OpenExisting(string path, int flags, out SafeFileHandle file)
    {
        int descriptor;
        do
        {
            descriptor = Open(path, flags | OpenNonBlocking | OpenCloseOnExec);
        } while (descriptor < 0 && Marshal.GetLastPInvokeError() == ErrnoInterrupted);
        file = new SafeFileHandle(descriptor, ownsHandle: true);
        return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>As <see cref="Open(string, bool, out SafeFileHandle)"/> for writing, but makes the file where it is missing: for its owner only, because whoever may open a file may lock it.</summary>
    public static int OpenOrCreate(string path, out SafeFileHandle file)
    {
        int descriptor;
        do
        {
            descriptor = Open(path, OpenReadWrite | OpenCreate | OpenCloseOnExec, OwnerOnly);
        } while (descriptor < 0 && Marshal.GetLastPInvokeError() == ErrnoInterrupted);
        file = new SafeFileHandle(descriptor, ownsHandle: true);
        return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public static string Message(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>flock(2): takes the exclusive lock without waiting; <see cref="ErrnoWouldBlock"/> when someone else holds it.</summary>
    public static int TryLock(SafeFileHandle file)
    {
        int errno;
        do
        {
            errno = Errno(Flock(file, LockExclusive | LockNonBlocking));
        } while (errno == ErrnoInterrupted);
        return errno;
    }

    public static int Unlock(SafeFileHandle file) => Errno(Flock(file, LockRelease));

    /// <summary>posix_fadvise(2): drops the clean cached pages of a range, so that the next read asks the medium.</summary>
    public static int DropCache(SafeFileHandle file, long offset, long length) =>
        Advise(file, offset, length, AdviseDontNeed);

    /// <summary>fallocate(2): makes a range read as zeros without sending them; EOPNOTSUPP where the file system or device can't.</summary>
    public static int ZeroRange(SafeFileHandle file, long offset, long length)
    {
        const int KeepSize = 1; // FALLOC_FL_KEEP_SIZE
        const int Zero = 0x10; // FALLOC_FL_ZERO_RANGE
        return Errno(Allocate(file, Zero | KeepSize, offset, length));
    }

    /// <summary>Logical sector size of a block device in bytes; ENOTTY for a plain file.</summary>
    public static int SectorSize(SafeFileHandle device, out int bytes)
    {
        bytes = 0;
        return Errno(Ioctl(device, IoctlSectorSize, ref bytes));
    }

    /// <summary>Size of a block device in bytes; ENOTTY for a plain file.</summary>
    public static int SizeInBytes(SafeFileHandle device, out ulong bytes)
    {
        bytes = 0;
        return Errno(Ioctl(device, IoctlSizeInBytes, ref bytes));
    }

    /// <summary>ioprio_set(2) of one thread. Those that it starts inherit it.</summary>
    /// <param name="thread">Its id; 0: the calling one.</param>
    /// <param name="isIdle">Only when nobody else wants the disk; otherwise best effort.</param>
    /// <param name="level">Of best effort: 0, the first, to 7.</param>
    public static int SetIoPriority(int thread, bool isIdle, int level)
    {
        const int Process = 1; // IOPRIO_WHO_PROCESS, which means a thread
        const int ClassShift = 13;
        const int BestEffort = 2;
        const int Idle = 3;
        var number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 30 : 251; // SYS_ioprio_set
        var priority = isIdle ? Idle << ClassShift : (BestEffort << ClassShift) | level;
        return SystemCall(number, Process, thread, priority) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>syslog(2): copies the end of the kernel's log.</summary>
    /// <returns>How many bytes; 0 where it may not be read.</returns>
    public static int ReadKernelLog(Span<byte> buffer)
    {
        const int ReadAll = 3; // SYSLOG_ACTION_READ_ALL
        return Math.Max(0, KernelLog(ReadAll, buffer, buffer.Length));
    }

    private static int Errno(int result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc.so.6", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    // Variadic in C; on Linux (x86-64, arm64) a third argument is passed the same way.
    [LibraryImport("libc.so.6", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc.so.6", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeFileHandle file, int operation);

    // Returns the error itself; errno is not touched.
    [LibraryImport("libc.so.6", EntryPoint = "posix_fadvise")]
    private static partial int Advise(SafeFileHandle file, long offset, long length, int advice);

    [LibraryImport("libc.so.6", EntryPoint = "klogctl")]
    private static partial int KernelLog(int type, Span<byte> buffer, int length);

    [LibraryImport("libc.so.6", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint which, nint who, nint priority);

    [LibraryImport("libc.so.6", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Allocate(SafeFileHandle file, int mode, long offset, long length);

    // ioctl is variadic in C; on Linux (x86-64, arm64) a third argument is passed the same way.
    [LibraryImport("libc.so.6", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle device, nuint request, ref int value);

    [LibraryImport("libc.so.6", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle device, nuint request, ref ulong value);
}
