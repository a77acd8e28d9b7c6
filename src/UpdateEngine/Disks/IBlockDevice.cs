namespace UpdateEngine.Disks;

/// <summary>
/// A disk, or a file that stands for one. Offsets and lengths are bytes. A write may stay in a cache until <see cref="Flush"/>
/// returns; what was written between two flushes may reach the medium in any order, or not at all when the power goes.
/// </summary>
public interface IBlockDevice : IDisposable
{
    /// <summary>Name of the disk for messages.</summary>
    string Path { get; }

    /// <summary>Size in bytes.</summary>
    long Length { get; }

    /// <summary>Logical sector size in bytes: the largest unit that is written whole or not at all. 512 for files unless told otherwise.</summary>
    int SectorSize { get; }

    /// <summary>Fills the whole buffer.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskUnreadable"/>, with path, offset and reason.</exception>
    void Read(long offset, Span<byte> buffer);

    /// <summary>Writes the whole buffer; never extends the disk.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskWriteFailed"/>, with path, offset and reason.</exception>
    void Write(long offset, ReadOnlySpan<byte> buffer);

    /// <summary>Returns when everything that was written is on the medium (fsync).</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskWriteFailed"/>: what was written since the last flush may be lost.</exception>
    void Flush();

    /// <summary>Forgets what is cached of a range, so that later reads come from the medium. Flush first: unwritten pages stay.</summary>
    void DropCache(long offset, long length);
}
