using Microsoft.Win32.SafeHandles;
using UpdateEngine.Native;

namespace UpdateEngine.Disks;

/// <summary>What a disk is opened for.</summary>
public enum DiskAccess
{
    Read,
    ReadWrite,
}

/// <summary>
/// A block device or a disk image in a file. What is aligned as <see cref="AlignedBuffer"/> is goes past the page cache, so that an image
/// neither fills it nor is copied into it; the rest, partition tables and the ends of images, goes through it, and so does everything where
/// the file system has no direct way (tmpfs). Zeros are not sent to a disk that makes them itself.
/// </summary>
public sealed class BlockDevice : IBlockDevice
{
    /// <summary>Sector size of a disk image in a file, in bytes.</summary>
    public const int FileSectorSize = 512;

    /// <summary>Below 64 KiB a system call is not worth what it saves.</summary>
    private const int LeastZeros = 64 * 1024;

    private static readonly long s_page = Environment.SystemPageSize;
    private static readonly TimeSpan s_lockPoll = TimeSpan.FromMilliseconds(100);

    private readonly SafeFileHandle _file;
    private readonly SafeFileHandle? _direct;
    private readonly Lock _lockGate = new();
    private volatile bool _writesZeros;
    private bool _locked;

    private BlockDevice(string path, SafeFileHandle file, SafeFileHandle? direct, long length, int sectorSize)
    {
        Path = path;
        (_file, _direct) = (file, direct);
        Length = length;
        SectorSize = sectorSize;
    }

    public string Path { get; }

    public long Length { get; }

    public int SectorSize { get; }

    /// <summary>Whether images are written and read past the page cache.</summary>
    public bool IsDirect => _direct is not null;

    /// <summary>Opens a disk or a disk image that exists; a file is never created or resized.</summary>
    /// <param name="path">A block device (/dev/vda) or a file.</param>
    /// <param name="access">Whether tables or slots will be written.</param>
    /// <param name="fileSectorSize">Sector size to assume for a file, in bytes; a device is asked.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskUnreadable"/> when it is missing, a directory, or not permitted.</exception>
    public static BlockDevice Open(string path, DiskAccess access, int fileSectorSize = FileSectorSize)
    {
        if (Directory.Exists(path))
        {
            throw CannotOpen(path, "it is a directory", null);
        }

        if (Linux.Open(path, access == DiskAccess.ReadWrite, out var file) is var errno and not 0)
        {
            file.Dispose();
            throw CannotOpen(path, WhyNotOpened(errno, access), null);
        }

        try
        {
            // Only a block device answers these two; the length of its inode is 0.
            if (Linux.SizeInBytes(file, out var deviceLength) == 0 && Linux.SectorSize(file, out var sectorSize) == 0)
            {
                return new BlockDevice(path, file, OpenDirect(path, access), checked((long)deviceLength), sectorSize);
            }

            var length = RandomAccess.GetLength(file);
            return new BlockDevice(path, file, OpenDirect(path, access), length, fileSectorSize);
        }
        catch (Exception e) when (e is IOException or NotSupportedException)
        {
            file.Dispose();
            throw CannotOpen(path, "it is neither a disk nor a plain file", e);
        }
    }

    public void Read(long offset, Span<byte> buffer)
    {
        CheckRange(offset, buffer.Length, ErrorCodes.DiskUnreadable, "read");
        try
        {
            while (buffer.Length > 0)
            {
                var direct = DirectLength(offset, buffer);
                var count =
                    direct > 0
                        ? RandomAccess.Read(_direct!, buffer[..direct], offset)
                        : RandomAccess.Read(_file, buffer, offset);
                if (count == 0)
                {
                    throw Failed(
                        ErrorCodes.DiskUnreadable,
                        "read",
                        offset,
                        "the file ends before it (was it truncated?)",
                        null
                    );
                }

                buffer = buffer[count..];
                offset += count;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(ErrorCodes.DiskUnreadable, "read", offset, e.Message, e);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> buffer)
    {
        CheckRange(offset, buffer.Length, ErrorCodes.DiskWriteFailed, "written");
        try
        {
            var direct = DirectLength(offset, buffer);
            if (direct > 0 && !TryZero(offset, buffer[..direct]))
            {
                RandomAccess.Write(_direct!, buffer[..direct], offset);
            }

            if (direct < buffer.Length)
            {
                RandomAccess.Write(_file, buffer[direct..], offset + direct);
            }
        }
        catch (ArgumentOutOfRangeException e)
        {
            // EFBIG, in the framework's words.
            throw Failed(ErrorCodes.DiskWriteFailed, "written", offset, "a file may not become so large here", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Failed(ErrorCodes.DiskWriteFailed, "written", offset, e.Message, e);
        }
    }

    public void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpdateException(
                ErrorCodes.DiskWriteFailed,
                $"{Path} could not be flushed: {e.Message}",
                CheckDisk,
                e
            );
        }
    }

    public void DropCache(long offset, long length)
    {
        CheckRange(offset, length, ErrorCodes.DiskUnreadable, "read");
        // In whole pages: one that lies partly outside of the range would be kept by the kernel (posix_fadvise(2)), and with it the sector of a
        // table's header, or the end of an image. A length of 0 would mean "to the end" to the kernel.
        var start = offset / s_page * s_page;
        var end = (offset + length + s_page - 1) / s_page * s_page;
        var errno = length == 0 ? 0 : Linux.DropCache(_file, start, end - start);
        if (errno != 0)
        {
            var reason = $"its cache could not be dropped ({Linux.Message(errno)})";
            throw Failed(ErrorCodes.DiskUnreadable, "read from the medium", offset, reason, null);
        }
    }

    /// <summary>
    /// Takes the exclusive flock on the disk, which every writer of a table or slot holds; null when another process, or
    /// another user of this object, has it. Disposing of the result releases it.
    /// </summary>
    public IDisposable? TryLockExclusive()
    {
        lock (_lockGate)
        {
            var errno = _locked ? Linux.ErrnoWouldBlock : Linux.TryLock(_file);
            if (errno is not 0 and not Linux.ErrnoWouldBlock)
            {
                throw new UpdateException(
                    ErrorCodes.DiskWriteFailed,
                    $"{Path} could not be locked ({Linux.Message(errno)})."
                );
            }

            _locked |= errno == 0;
            return errno == 0 ? new Holder(this) : null;
        }
    }

    /// <summary>As <see cref="TryLockExclusive"/>, but "busy" is an error.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskBusy"/>.</exception>
    public IDisposable LockExclusive() => TryLockExclusive() ?? throw Busy();

    /// <summary>Waits for the lock, for those who must not be turned away (`confirm`).</summary>
    /// <param name="longest">How long to wait before giving up.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskBusy"/> after <paramref name="longest"/>.</exception>
    public async Task<IDisposable> LockExclusiveAsync(TimeSpan longest, TimeProvider time, CancellationToken cancel)
    {
        var start = time.GetTimestamp();
        while (true)
        {
            if (TryLockExclusive() is { } held)
            {
                return held;
            }

            if (time.GetElapsedTime(start) >= longest)
            {
                throw Busy();
            }

            await Task.Delay(s_lockPoll, time, cancel);
        }
    }

    public void Dispose()
    {
        _direct?.Dispose();
        _file.Dispose();
    }

    private const string CheckDisk = "Look for errors of this disk in the kernel log (journalctl -k).";

    // Refused means that this file system, or what the disk is a file of, has no such way.
    private static SafeFileHandle? OpenDirect(string path, DiskAccess access)
    {
        if (Linux.OpenDirect(path, access == DiskAccess.ReadWrite, out var direct) == 0)
        {
            return direct;
        }

        direct.Dispose();
        return null;
    }

    // How much of a transfer can go past the page cache: all but a tail that is no whole block.
    private int DirectLength(long offset, ReadOnlySpan<byte> buffer) =>
        IsDirect && offset % AlignedBuffer.Alignment == 0 && AlignedBuffer.IsAligned(buffer)
            ? buffer.Length / AlignedBuffer.Alignment * AlignedBuffer.Alignment
            : 0;

    // Zeros need not travel to a disk that can make them itself. Whatever speaks against it, writing them tells.
    private bool TryZero(long offset, ReadOnlySpan<byte> buffer)
    {
        if (_writesZeros || buffer.Length < LeastZeros || buffer.ContainsAnyExcept((byte)0))
        {
            return false;
        }

        _writesZeros = Linux.ZeroRange(_direct!, offset, buffer.Length) != 0;
        return !_writesZeros;
    }

    private static UpdateException CannotOpen(string path, string reason, Exception? inner) =>
        new(
            ErrorCodes.DiskUnreadable,
            $"The disk {path} cannot be opened: {reason}.",
            "Check the path and who may use it.",
            inner
        );

    private static string WhyNotOpened(int errno, DiskAccess access) =>
        errno switch
        {
            Linux.ErrnoNoEntry or Linux.ErrnoNotADirectory => "there is no such file or device",
            Linux.ErrnoAccess or Linux.ErrnoNotPermitted => access == DiskAccess.Read
                ? "no permission to read it"
                : "no permission to write it",
            _ => Linux.Message(errno),
        };

    private UpdateException Busy() =>
        new(ErrorCodes.DiskBusy, $"Another operation is writing to {Path}.", "Try again when it has finished.");

    private void CheckRange(long offset, long length, ErrorCode code, string verb)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
        {
            throw Failed(code, verb, offset, $"{length} bytes from there do not fit in its {Length} bytes", null);
        }
    }

    private UpdateException Failed(ErrorCode code, string verb, long offset, string reason, Exception? inner) =>
        new(code, $"{Path} could not be {verb} at byte {offset}: {reason}", CheckDisk, inner);

    private void Unlock()
    {
        lock (_lockGate)
        {
            // Closing the file has released it already.
            if (_locked && !_file.IsClosed)
            {
                _ = Linux.Unlock(_file);
            }

            _locked = false;
        }
    }

    private sealed class Holder(BlockDevice disk) : IDisposable
    {
        private BlockDevice? _disk = disk;

        public void Dispose() => Interlocked.Exchange(ref _disk, null)?.Unlock();
    }
}
