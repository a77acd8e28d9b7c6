using System.Runtime.InteropServices;

namespace UpdateEngine.Disks;

/// <summary>Memory that a disk can be read into and written from past the page cache.</summary>
public static class AlignedBuffer
{
    /// <summary>In bytes: a multiple of every sector size that disks have.</summary>
    public const int Alignment = 4096;

    /// <param name="length">In bytes.</param>
    public static Memory<byte> Allocate(int length)
    {
        // Pinned, so that it stays where it is aligned.
        var array = GC.AllocateUninitializedArray<byte>(length + Alignment, pinned: true);
        var misplaced = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Alignment);
        return array.AsMemory((Alignment - misplaced) % Alignment, length);
    }

    internal static unsafe bool IsAligned(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (nint)start % Alignment == 0;
        }
    }
}
