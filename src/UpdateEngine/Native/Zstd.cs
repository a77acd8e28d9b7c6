using System.Runtime.InteropServices;

namespace UpdateEngine.Native;

/// <summary>
/// libzstd 1.4 or later (zstd.h, stable interface; RFC 8878), bound directly: two functions' worth of a seam, so that a managed package can take
/// this file's place. Debian: libzstd1.
/// </summary>
public static partial class Zstd
{
    private const string Library = "libzstd.so.1";

    // zstd.h: ZSTD_cParameter, ZSTD_dParameter
    private const int CompressionLevelParameter = 100;
    private const int ContentSizeFlag = 200;
    private const int MaxWindowLogParameter = 100;

    /// <summary>A decoder's window is at most 32 MiB: what `zstd -19` needs is 8 MiB, and the window is memory that a stranger chooses (promise P7).</summary>
    public const int MaxWindowLog = 25;

    /// <summary>One frame, with its content's size in it, and without a checksum: whoever decodes it has signed digests (ADR 0009).</summary>
    /// <param name="level">1..19.</param>
    public static byte[] CompressFrame(ReadOnlySpan<byte> source, int level)
    {
        var context = ZSTD_createCCtx();
        try
        {
            Check(ZSTD_CCtx_setParameter(context, CompressionLevelParameter, level));
            Check(ZSTD_CCtx_setParameter(context, ContentSizeFlag, 1));
            var target = new byte[checked((int)ZSTD_compressBound((nuint)source.Length))];
            var written = Check(ZSTD_compress2(context, target, (nuint)target.Length, source, (nuint)source.Length));
            return target[..(int)written];
        }
        finally
        {
            _ = ZSTD_freeCCtx(context);
        }
    }

    /// <summary>A decoder of any number of concatenated frames. Not thread-safe.</summary>
    public sealed class Decoder : IFrameDecoder
    {
        private IntPtr _stream = ZSTD_createDCtx();

        public Decoder() => Check(ZSTD_DCtx_setParameter(_stream, MaxWindowLogParameter, MaxWindowLog));

        /// <summary>True after the end of a frame, before the next begins: the only place where the input may end.</summary>
        public bool AtFrameBoundary { get; private set; } = true;

        /// <summary>Decodes what fits.</summary>
        /// <returns>Bytes taken from <paramref name="source"/> and bytes put into <paramref name="target"/>.</returns>
        /// <exception cref="InvalidDataException">The input is not zstd; the message is libzstd's.</exception>
        public unsafe (int Consumed, int Produced) Decode(ReadOnlySpan<byte> source, Span<byte> target)
        {
            ObjectDisposedException.ThrowIf(_stream == IntPtr.Zero, this);
            fixed (byte* from = source)
            fixed (byte* to = target)
            {
                var input = new InBuffer { Data = from, Size = (nuint)source.Length };
                var output = new OutBuffer { Data = to, Size = (nuint)target.Length };
                var hint = Check(ZSTD_decompressStream(_stream, ref output, ref input));
                // 0: a frame was decoded and flushed completely. Between two frames a call that gets no input must not change that.
                if (input.Position > 0 || output.Position > 0)
                {
                    AtFrameBoundary = hint == 0;
                }

                return ((int)input.Position, (int)output.Position);
            }
        }

        public void Dispose()
        {
            _ = ZSTD_freeDCtx(_stream);
            _stream = IntPtr.Zero;
        }
    }

    /// <summary>Size of the first frame's content by its header; null where the header is silent or not whole.</summary>
    public static long? FrameContentSize(ReadOnlySpan<byte> frame)
    {
        const ulong Unknown = ulong.MaxValue;
        const ulong Error = ulong.MaxValue - 1;
        var size = ZSTD_getFrameContentSize(frame, (nuint)frame.Length);
        return size is Unknown or Error or > long.MaxValue ? null : (long)size;
    }

    private static nuint Check(nuint result) =>
        ZSTD_isError(result) == 0
            ? result
            : throw new InvalidDataException(
                Marshal.PtrToStringUTF8(ZSTD_getErrorName(result)) ?? "unknown zstd error"
            );

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct InBuffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct OutBuffer
    {
        public byte* Data;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library)]
    private static partial IntPtr ZSTD_createCCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeCCtx(IntPtr context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_CCtx_setParameter(IntPtr context, int parameter, int value);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compressBound(nuint sourceSize);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_compress2(
        IntPtr context,
        Span<byte> target,
        nuint targetSize,
        ReadOnlySpan<byte> source,
        nuint sourceSize
    );

    [LibraryImport(Library)]
    private static partial IntPtr ZSTD_createDCtx();

    [LibraryImport(Library)]
    private static partial nuint ZSTD_freeDCtx(IntPtr context);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_DCtx_setParameter(IntPtr context, int parameter, int value);

    [LibraryImport(Library)]
    private static partial nuint ZSTD_decompressStream(IntPtr context, ref OutBuffer output, ref InBuffer input);

    [LibraryImport(Library)]
    private static partial ulong ZSTD_getFrameContentSize(ReadOnlySpan<byte> source, nuint sourceSize);

    [LibraryImport(Library)]
    private static partial uint ZSTD_isError(nuint code);

    [LibraryImport(Library)]
    private static partial IntPtr ZSTD_getErrorName(nuint code);
}
