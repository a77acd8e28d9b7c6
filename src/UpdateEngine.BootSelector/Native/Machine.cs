using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UpdateEngine.BootSelector.Native;

/// <summary>The Linux calls of a program that boots a machine. Each returns 0 or the errno of the failure; none throws.</summary>
internal static partial class Machine
{
    public const int ErrnoNoDevice = 19; // ENODEV: no such file system
    public const int ErrnoInvalid = 22; // EINVAL: not of this file system

    // sys/mount.h
    private const nuint ReadOnly = 1;
    private const nuint NoSetUid = 2;
    private const nuint NoDevices = 4;
    private const nuint NoPrograms = 8;

    // linux/kexec.h, linux/reboot.h
    private const nint NoInitramfs = 4;
    private const int RebootToKexec = 0x45584543;
    private const int RebootNow = 0x01234567;

    private const nuint SetTimeout = 0xC0045706; // WDIOC_SETTIMEOUT, int

    public static string Message(int errno) => Marshal.GetPInvokeErrorMessage(errno);

    /// <summary>Mounts a device, to be read only.</summary>
    public static int MountReadOnly(string device, string directory, string fileSystem, string options) =>
        Errno(Mount(device, directory, fileSystem, ReadOnly | NoSetUid | NoDevices | NoPrograms, options));

    public static int Unmount(string directory) => Errno(Unmount(directory, 0));

    /// <summary>kexec_file_load(2): the kernel checks the image and keeps it in memory.</summary>
    /// <param name="initramfs">null: none.</param>
    public static int LoadKernel(SafeFileHandle kernel, SafeFileHandle? initramfs, string commandLine)
    {
        // asm/unistd.h, asm-generic/unistd.h
        var number = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 294 : 320;
        return Errno(
            LoadKernel(
                number,
                kernel,
                initramfs ?? kernel,
                commandLine.Length + 1,
                commandLine,
                initramfs is null ? NoInitramfs : 0
            )
        );
    }

    /// <summary>Jumps into the loaded kernel; returns only when that fails.</summary>
    public static int Jump() => Errno(Reboot(RebootToKexec));

    /// <summary>Restarts the machine by its firmware; returns only when that fails.</summary>
    public static int Restart() => Errno(Reboot(RebootNow));

    /// <summary>Seconds until the watchdog resets the machine.</summary>
    public static int SetWatchdog(SafeFileHandle watchdog, int seconds) =>
        Errno(Ioctl(watchdog, SetTimeout, ref seconds));

    private static int Errno(nint result) => result == 0 ? 0 : Marshal.GetLastPInvokeError();

    [LibraryImport("libc.so.6", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, nuint flags, string data);

    [LibraryImport(
        "libc.so.6",
        EntryPoint = "umount2",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial int Unmount(string target, int flags);

    [LibraryImport(
        "libc.so.6",
        EntryPoint = "syscall",
        SetLastError = true,
        StringMarshalling = StringMarshalling.Utf8
    )]
    private static partial nint LoadKernel(
        nint number,
        SafeFileHandle kernel,
        SafeFileHandle initramfs,
        nint length,
        string commandLine,
        nint flags
    );

    [LibraryImport("libc.so.6", EntryPoint = "reboot", SetLastError = true)]
    private static partial int Reboot(int command);

    // ioctl is variadic in C; on Linux (x86-64, arm64) a third argument is passed the same way.
    [LibraryImport("libc.so.6", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(SafeFileHandle device, nuint request, ref int value);
}
