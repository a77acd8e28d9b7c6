using System.Runtime.InteropServices;

namespace UpdateEngine.Native;

/// <summary>liblz4 1.8 or later (lz4frame.h), the format of Bottlerocket's images. Debian: liblz4-1.</summary>
public static partial class Lz4
{
    private const string Library = "liblz4.so.1";
    private const uint FrameVersion = 100;

    /// <summary>A decoder of any number of concatenated frames. Not thread-safe.</summary>
    public sealed class Decoder : IFrameDecoder
    {
        private IntPtr _context;

        public Decoder() => Check(LZ4F_createDecompressionContext(out _context, FrameVersion));

        public bool AtFrameBoundary { get; private set; } = true;

        public (int Consumed, int Produced) Decode(ReadOnlySpan<byte> source, Span<byte> target)
        {
            ObjectDisposedException.ThrowIf(_context == IntPtr.Zero, this);
            var (consumed, produced) = ((nuint)source.Length, (nuint)target.Length);
            var hint = Check(LZ4F_decompress(_context, target, ref produced, source, ref consumed, IntPtr.Zero));
            if (consumed > 0 || produced > 0)
            {
                AtFrameBoundary = hint == 0;
            }

            return ((int)consumed, (int)produced);
        }

        public void Dispose()
        {
            if (_context != IntPtr.Zero)
            {
                _ = LZ4F_freeDecompressionContext(_context);
            }

            _context = IntPtr.Zero;
        }
    }

    private static nuint Check(nuint result) =>
        LZ4F_isError(result) == 0
            ? result
            : throw new InvalidDataException(Marshal.PtrToStringUTF8(LZ4F_getErrorName(result)) ?? "unknown lz4 error");

    [LibraryImport(Library)]
    private static partial nuint LZ4F_createDecompressionContext(out IntPtr context, uint version);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_freeDecompressionContext(IntPtr context);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_decompress(
        IntPtr context,
        Span<byte> target,
        ref nuint targetSize,
        ReadOnlySpan<byte> source,
        ref nuint sourceSize,
        IntPtr options
    );

    [LibraryImport(Library)]
    private static partial uint LZ4F_isError(nuint code);

    [LibraryImport(Library)]
    private static partial IntPtr LZ4F_getErrorName(nuint code);
}
