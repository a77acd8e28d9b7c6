using System.Buffers.Binary;

namespace MachineTests.Harness;

/// <summary>One entry of a log of writes.</summary>
/// <param name="Offset">In the disk, in bytes.</param>
/// <param name="Length">Of what was written; 0: nothing.</param>
/// <param name="DataAt">Where the bytes lie in the log.</param>
/// <param name="IsFlush">Everything before it was asked to be on the medium.</param>
internal readonly record struct WriteLogEntry(long Offset, long Length, long DataAt, bool IsFlush);

/// <summary>What QEMU's block driver blklogwrites leaves: the writes and flushes of a disk in their order (the format of Linux' dm-log-writes).</summary>
internal static class WriteLog
{
    private const ulong Magic = 0x6A736677736872;
    private const int EntryBytes = 32;
    private const ulong Flush = 1;
    private const ulong Discard = 4;
    private const ulong Mark = 8;

    public static IEnumerable<WriteLogEntry> Read(string path)
    {
        using var log = File.OpenHandle(path);
        var head = new byte[EntryBytes];
        RandomAccess.Read(log, head, 0);
        Assert.Equal(Magic, Number(head, 0));
        var entries = Number(head, 16);
        var sector = (long)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(24));
        var at = sector;
        for (ulong i = 0; i < entries; i++)
        {
            Assert.Equal(EntryBytes, RandomAccess.Read(log, head, at));
            at += sector;
            var flags = Number(head, 16);
            // A discarded range and a mark have a length, but no bytes in the log.
            var length = (flags & (Discard | Mark)) == 0 ? (long)Number(head, 8) * sector : 0;
            yield return new WriteLogEntry((long)Number(head, 0) * sector, length, at, (flags & Flush) != 0);
            at += length;
        }
    }

    private static ulong Number(byte[] head, int at) => BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(at));
}
