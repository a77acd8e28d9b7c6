using System.Runtime.InteropServices;

namespace UpdateEngine.Native;

/// <summary>The writing half: one frame for a whole image, because Bottlerocket's reader stops at the end of the first frame.</summary>
public static partial class Lz4
{
    // lz4frame.h: LZ4F_blockSizeID_t, LZ4F_blockMode_t
    private const int Block4MiB = 7;
    private const int IndependentBlocks = 1;

    /// <summary>lz4hc.h: LZ4HC_CLEVEL_MAX. From 3 on it is the slow and tight compressor.</summary>
    public const int MaxLevel = 12;

    /// <summary>Writes one frame with its content's size and checksum in it, piece by piece. Not thread-safe.</summary>
    public sealed class Encoder : IDisposable
    {
        private readonly Preferences _preferences;
        private IntPtr _context;

        /// <param name="contentLength">Of everything that will be written, in bytes; a mismatch fails <see cref="Finish"/>.</param>
        /// <param name="level">1..<see cref="MaxLevel"/>.</param>
        public Encoder(long contentLength, int level)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(contentLength, 1);
            ArgumentOutOfRangeException.ThrowIfLessThan(level, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(level, MaxLevel);
            _preferences = new Preferences
            {
                BlockSize = Block4MiB,
                BlockMode = IndependentBlocks,
                ContentChecksum = 1,
                ContentSize = (ulong)contentLength,
                Level = level,
            };
            Check(LZ4F_createCompressionContext(out _context, FrameVersion));
        }

        public byte[] Begin() =>
            Filled(64, target => LZ4F_compressBegin(_context, target, (nuint)target.Length, in _preferences));

        /// <returns>Empty where the encoder keeps the bytes for now.</returns>
        public byte[] Update(ReadOnlySpan<byte> source)
        {
            var target = new byte[Bound(source.Length)];
            var written = Check(
                LZ4F_compressUpdate(_context, target, (nuint)target.Length, source, (nuint)source.Length, IntPtr.Zero)
            );
            return target[..(int)written];
        }

        /// <exception cref="InvalidDataException">Another length was written than was announced.</exception>
        public byte[] Finish() =>
            Filled(Bound(0), target => LZ4F_compressEnd(_context, target, (nuint)target.Length, IntPtr.Zero));

        public void Dispose()
        {
            if (_context != IntPtr.Zero)
            {
                _ = LZ4F_freeCompressionContext(_context);
            }

            _context = IntPtr.Zero;
        }

        private int Bound(int length) => checked((int)LZ4F_compressBound((nuint)length, in _preferences));

        private byte[] Filled(int size, Func<byte[], nuint> write)
        {
            ObjectDisposedException.ThrowIf(_context == IntPtr.Zero, this);
            var target = new byte[size];
            return target[..(int)Check(write(target))];
        }
    }

    /// <summary>LZ4F_preferences_t with its LZ4F_frameInfo_t at the beginning, as lz4frame.h lays them out since 1.8.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Preferences
    {
        public int BlockSize;
        public int BlockMode;
        public int ContentChecksum;
        public int FrameType;
        public ulong ContentSize;
        public uint DictionaryId;
        public int BlockChecksum;
        public int Level;
        public uint AutoFlush;
        public uint FavorDecodingSpeed;
        public uint Reserved1;
        public uint Reserved2;
        public uint Reserved3;
    }

    [LibraryImport(Library)]
    private static partial nuint LZ4F_createCompressionContext(out IntPtr context, uint version);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_freeCompressionContext(IntPtr context);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_compressBound(nuint sourceSize, in Preferences preferences);

    [LibraryImport(Library)]
    private static partial nuint LZ4F_compressBegin(
        IntPtr context,
        Span<byte> target,
        nuint targetSize,
        in Preferences preferences
    );

    [LibraryImport(Library)]
    private static partial nuint LZ4F_compressUpdate(
        IntPtr context,
        Span<byte> target,
        nuint targetSize,
        ReadOnlySpan<byte> source,
        nuint sourceSize,
        IntPtr options
    );

    [LibraryImport(Library)]
    private static partial nuint LZ4F_compressEnd(IntPtr context, Span<byte> target, nuint targetSize, IntPtr options);
}
