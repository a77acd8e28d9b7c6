using System.Buffers.Binary;
using UpdateEngine.Native;

namespace UpdateEngine.Images;

/// <summary>What the first bytes of an image's file tell: how it is compressed, and perhaps how long the image is.</summary>
internal static class ImageHead
{
    /// <summary>In bytes: the longest header of a frame (RFC 8878 section 3.1.1.1).</summary>
    public const int Size = 18;

    private const uint ZstdMagic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;
    private const uint Lz4Magic = 0x184D2204;

    /// <summary>null: not compressed.</summary>
    /// <exception cref="InvalidDataException">It was compressed with what is not decoded here. Written as it is it would be no image; an image that
    /// does begin so is published in zstd.</exception>
    public static IFrameDecoder? Decoder(ReadOnlySpan<byte> head) =>
        Magic(head) switch
        {
            ZstdMagic => new Zstd.Decoder(),
            Lz4Magic => new Lz4.Decoder(),
            var magic when (magic & 0xFFFFFFF0) == SkippableMagic => new Zstd.Decoder(),
            _ => ForeignCompression(head) is { } name
                ? throw new InvalidDataException($"it is compressed with {name}, but only zstd and lz4 are known")
                : null,
        };

    /// <summary>How many bytes the image has at least; null where its first frame does not tell. A hint, since nothing has been verified yet.</summary>
    /// <param name="file">Length of the whole file in bytes.</param>
    public static long? LeastLength(ReadOnlySpan<byte> head, long file)
    {
        const int Lz4Flags = 4;
        const int Lz4HasLength = 8;
        const int Lz4Length = 6;
        return Magic(head) switch
        {
            ZstdMagic => Zstd.FrameContentSize(head),
            Lz4Magic => head.Length >= Lz4Length + sizeof(long) && (head[Lz4Flags] & Lz4HasLength) != 0
                ? (long)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(head[Lz4Length..]), long.MaxValue)
                : null,
            var magic when (magic & 0xFFFFFFF0) == SkippableMagic => null,
            _ => file,
        };
    }

    private static uint Magic(ReadOnlySpan<byte> head) =>
        head.Length < sizeof(uint) ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(head);

    /// <summary>Name of a compression that is not decoded here.</summary>
    public static string? ForeignCompression(ReadOnlySpan<byte> head) =>
        head switch
        {
            [0x1F, 0x8B, 8, ..] => "gzip", // RFC 1952 section 2.3.1, with the only method that there is
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => "xz",
            [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', (byte)'1', (byte)'A', (byte)'Y', ..] =>
                "bzip2",
            _ => null,
        };
}
