using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// Small files that survive a power cut: a reader finds the old content or the new, whole, and what was reported as written stays
/// written. The order is what makes it so, and stands at each method. Throws <see cref="IOException"/> and
/// <see cref="UnauthorizedAccessException"/> only; the message names the path.
/// </summary>
public static partial class DurableFile
{
    /// <summary>rw-r--r--</summary>
    public const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const int SmallestBuffer = 4096;

    /// <summary>Called after each system call that changes or flushes something; for tests, which look at what a kill or a power cut leaves there.</summary>
    internal static readonly AsyncLocal<Action<DurableCall>?> AfterStep = new();

    /// <summary>Replaces or makes a file. A process that is killed meanwhile may leave a temporary file: <see cref="DeleteLeftovers"/>.</summary>
    /// <param name="path">Its directory must exist.</param>
    /// <param name="bytes">The whole content.</param>
    /// <param name="mode">Set before the first byte is written, whatever the umask.</param>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode = DefaultMode)
    {
        // 1. the content, on the medium: a rename may otherwise become durable before the data it points at.
        var temporary = WriteTemporary(path, bytes, mode);
        try
        {
            // 2. the name, in one step.
            File.Move(temporary, path, overwrite: true);
            Did(DurableStep.Rename, path, temporary);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        // 3. the directory: without this the old name may come back after a power cut.
        FlushDirectory(DirectoryOf(path));
    }

    /// <summary>As <see cref="Write"/>, but never in the place of something that is there: of two writers at once one is refused.</summary>
    /// <returns>False when there is a file of that name, which stays as it is.</returns>
    public static bool TryWriteNew(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode = DefaultMode)
    {
        const int NotPermitted = 1;
        const int Exists = 17;
        const int NotSupported = 95;
        var temporary = WriteTemporary(path, bytes, mode);
        try
        {
            // The content is on the medium. A second name for it, unlike a rename, is refused where there is one; File.Move looks first, and renames then.
            if (link(temporary, path) != 0)
            {
                switch (Marshal.GetLastPInvokeError())
                {
                    case Exists:
                        return false;
                    case NotPermitted or NotSupported:
                        // A file system without second names: what is left is to look first.
                        File.Move(temporary, path, overwrite: false);
                        break;
                    default:
                        throw new IOException($"'{path}' could not be made: {Marshal.GetLastPInvokeErrorMessage()}.");
                }
            }

            Did(DurableStep.Link, path, temporary);
        }
        finally
        {
            File.Delete(temporary);
            Did(DurableStep.Delete, temporary);
        }

        FlushDirectory(DirectoryOf(path));
        return true;
    }

    /// <summary>
    /// The first step of <see cref="Write"/> alone, for somebody who writes many files: their contents together, then their names, then the
    /// directory once. Nothing is left behind when it fails.
    /// </summary>
    /// <returns>The path of the flushed file, beside <paramref name="path"/>; the caller renames or deletes it.</returns>
    public static string WriteTemporary(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode = DefaultMode)
    {
        // In the same directory, because a rename is atomic only within a file system; under a name that nobody else makes.
        var temporary = Path.Join(DirectoryOf(path), $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.tmp");
        try
        {
            WriteNew(temporary, bytes, mode);
            return temporary;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>
    /// Removes what killed writers left in a directory. For directories that have their writers wait for each other: a writer whose
    /// temporary file disappears finds no file to rename. What cannot be removed stays; it is in nobody's way.
    /// </summary>
    public static void DeleteLeftovers(string directory)
    {
        foreach (var path in Directory.EnumerateFiles(directory, ".*.tmp"))
        {
            try
            {
                File.Delete(path);
                Did(DurableStep.Delete, path);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A directory or file system that cannot be written: the next write says so.
            }
        }
    }

    /// <summary>
    /// Adds to the end of a file, or makes it. The bytes are on the medium when this returns; a power cut before may leave a part of
    /// them, so a reader ignores a last line without its line feed.
    /// </summary>
    public static void Append(string path, ReadOnlySpan<byte> bytes)
    {
        var isNew = !File.Exists(path);
        using (var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0))
        {
            if (isNew)
            {
                Did(DurableStep.Create, path);
            }

            WriteAndFlush(file, path, bytes);
        }

        // The file's own flush does not cover the entry that names it.
        if (isNew)
        {
            FlushDirectory(DirectoryOf(path));
        }
    }

    /// <summary>Removes a file, and makes sure that it does not come back. Nothing happens when there is none.</summary>
    public static void Delete(string path)
    {
        var directory = DirectoryOf(path);
        if (!File.Exists(path))
        {
            return;
        }

        File.Delete(path);
        Did(DurableStep.Delete, path);
        FlushDirectory(directory);
    }

    /// <summary>Makes a directory, and those above it that are missing; their names are on the medium when this returns. Nothing happens when it is there.</summary>
    public static void MakeDirectory(string path)
    {
        if (Directory.Exists(path))
        {
            return;
        }

        var parent = DirectoryOf(path);
        MakeDirectory(parent);
        Directory.CreateDirectory(path);
        Did(DurableStep.MakeDirectory, path);
        // Flushed files in a directory whose own name is lost are lost with it.
        FlushDirectory(parent);
    }

    /// <summary>Reads a small file whole; see <see cref="ReadHead"/>.</summary>
    /// <param name="limit">In bytes; a longer file is an <see cref="IOException"/>.</param>
    public static byte[] Read(string path, int limit)
    {
        var bytes = ReadHead(path, (int)Math.Min(limit + 1L, Array.MaxLength));
        return bytes.Length <= limit ? bytes : throw new IOException($"'{path}' is longer than {limit} bytes.");
    }

    /// <summary>
    /// The first bytes of a file, all of them if it is shorter. Never waits and never reads without an end: a pipe or socket in a file's place is an
    /// <see cref="IOException"/>, and of an endless device no more than <paramref name="count"/> bytes are taken.
    /// </summary>
    public static byte[] ReadHead(string path, int count)
    {
        using var file = OpenPlain(path, out var length);
        // A guess, so that a large file is not copied about: what lies in /proc or /dev says 0. Never trusted to be right.
        var bytes = new byte[Math.Clamp(length, Math.Min(count, SmallestBuffer), count)];
        var filled = 0;
        while (true)
        {
            if (filled == bytes.Length)
            {
                if (filled == count || IsEnd(file, filled))
                {
                    return bytes;
                }

                Array.Resize(ref bytes, (int)Math.Min(count, 2L * filled));
            }

            var read = RandomAccess.Read(file, bytes.AsSpan(filled), filled);
            if (read == 0)
            {
                return bytes[..filled];
            }

            filled += read;
        }
    }

    /// <summary>Opens a file for reading. Never waits: a directory, pipe or socket in its place is an <see cref="IOException"/>.</summary>
    /// <param name="path">Links are followed.</param>
    /// <param name="length">In bytes; 0 for what lies in /proc or /dev.</param>
    public static SafeFileHandle OpenPlain(string path, out long length)
    {
        if (Directory.Exists(path))
        {
            throw new IOException($"'{path}' is a directory.");
        }

        var file = OpenWithoutWaiting(path);
        try
        {
            length = RandomAccess.GetLength(file);
            return file;
        }
        catch (NotSupportedException error)
        {
            file.Dispose();
            throw new IOException($"'{path}' is not a plain file.", error);
        }
    }

    private static bool IsEnd(SafeFileHandle file, long at)
    {
        Span<byte> one = stackalloc byte[1];
        return RandomAccess.Read(file, one, at) == 0;
    }

    private static SafeFileHandle OpenWithoutWaiting(string path)
    {
        const int ReadOnlyNonBlockingCloseOnExec = 0x80800;
        const int NotPermitted = 1;
        const int NoEntry = 2;
        const int Interrupted = 4;
        const int Access = 13;
        const int NotADirectory = 20;
        while (true)
        {
            var descriptor = open(path, ReadOnlyNonBlockingCloseOnExec);
            if (descriptor >= 0)
            {
                return new SafeFileHandle(descriptor, ownsHandle: true);
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case Interrupted:
                    continue;
                case NoEntry:
                    throw new FileNotFoundException($"There is no file '{path}'.", path);
                case NotADirectory:
                    throw new DirectoryNotFoundException($"There is no file '{path}'.");
                case Access or NotPermitted:
                    throw new UnauthorizedAccessException($"'{path}' may not be read.");
                default:
                    throw new IOException($"'{path}' cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
            }
        }
    }

    /// <summary>Makes renames, creations and removals in a directory durable. .NET cannot open directories, hence the three calls.</summary>
    public static void FlushDirectory(string path)
    {
        const int ReadOnlyCloseOnExec = 0x80000;
        const int InvalidArgument = 22;
        var descriptor = open(path, ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw Failure("opened", path);
        }

        try
        {
            // EINVAL: a file system that has no such operation on directories has nothing to flush either.
            if (fsync(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
            {
                throw Failure("flushed", path);
            }

            Did(DurableStep.FlushDirectory, path);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    /// <summary>Gives a file, whose content is on the medium, another name; a file or link of that name is replaced in one step.</summary>
    /// <param name="path">On the same file system as <paramref name="destination"/>: a copy would not be one step.</param>
    internal static void Rename(string path, string destination)
    {
        if (rename(path, destination) != 0)
        {
            throw new IOException(
                $"'{path}' could not be renamed to '{destination}': {Marshal.GetLastPInvokeErrorMessage()}."
            );
        }

        Did(DurableStep.Rename, destination, path);
        FlushDirectory(DirectoryOf(destination));
    }

    /// <summary>Whether a rename over this name replaces nothing but a file or a link: there may be none, but no directory, device, pipe or socket.</summary>
    internal static bool IsReplaceable(string path)
    {
        const int DoNotFollow = 0x100;
        return TypeOf(path, DoNotFollow) is null or RegularType or LinkType;
    }

    /// <summary>Whether a plain file lies there, or behind the link that does: reading it waits for nobody.</summary>
    public static bool IsPlain(string path) => TypeOf(path, 0) is RegularType;

    private const int RegularType = 0x8000;
    private const int LinkType = 0xA000;

    /// <returns>Null when nothing can be seen there.</returns>
    private static unsafe int? TypeOf(string path, int flags)
    {
        const int CurrentDirectory = -100;
        const uint Type = 1;
        const int TypeMask = 0xF000;
        const int ModeOffset = 28;
        const int Length = 256;
        var status = stackalloc byte[Length];
        return statx(CurrentDirectory, path, flags, Type, status) == 0
            ? *(ushort*)(status + ModeOffset) & TypeMask
            : null;
    }

    private static void WriteNew(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            BufferSize = 0,
            // Never wider than asked for, not even for an instant; the umask may have made it narrower.
            UnixCreateMode = mode,
        };
        using var file = new FileStream(path, options);
        Did(DurableStep.Create, path);
        File.SetUnixFileMode(file.SafeFileHandle, mode);
        WriteAndFlush(file, path, bytes);
    }

    private static void WriteAndFlush(FileStream file, string path, ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes);
        Did(DurableStep.Write, path);
        file.Flush(flushToDisk: true);
        Did(DurableStep.Flush, path);
    }

    private static void Did(DurableStep step, string path, string? source = null) =>
        AfterStep.Value?.Invoke(new DurableCall(step, path, source));

    private static string DirectoryOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";

    private static IOException Failure(string verb, string path) =>
        new($"The directory '{path}' could not be {verb}: {Marshal.GetLastPInvokeErrorMessage()}.");

    [LibraryImport("libc.so.6", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc.so.6", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int rename(string path, string destination);

    [LibraryImport("libc.so.6", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int link(string path, string newPath);

    [LibraryImport("libc.so.6", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int statx(int directory, string path, int flags, uint mask, byte* status);

    [LibraryImport("libc.so.6", SetLastError = true)]
    private static partial int fsync(int descriptor);

    [LibraryImport("libc.so.6")]
    private static partial int close(int descriptor);
}
