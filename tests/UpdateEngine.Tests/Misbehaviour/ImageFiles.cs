using System.Buffers.Binary;
using System.IO.Compression;
using UpdateEngine.Native;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>Files of images that no good publisher makes, byte for byte (RFC 8878; lz4_Frame_format.md).</summary>
internal static class ImageFiles
{
    /// <summary>What a block of zstd may hold at most, in bytes.</summary>
    private const int Block = 128 * 1024;

    /// <summary>Window descriptors: 2^(10 + exponent).</summary>
    private const byte Window128KiB = 7 << 3;
    private const byte Window64MiB = 16 << 3;

    /// <summary>Frame header descriptors.</summary>
    private const byte Plain = 0;
    private const byte WithDictionary = 1;
    private const byte WithChecksum = 4;

    /// <summary>One zstd frame of zeros, four bytes for each 128 KiB.</summary>
    public static byte[] ZstdBomb(long length) => ZstdZeros([Plain, Window128KiB], (int)(length / Block));

    /// <summary>A frame that needs a dictionary, number 7.</summary>
    public static byte[] ZstdWithDictionary() => ZstdZeros([WithDictionary, Window128KiB, 7], 1);

    public static byte[] ZstdWithLargeWindow() => ZstdZeros([Plain, Window64MiB], 1);

    public static byte[] ZstdWithWrongChecksum() => [.. ZstdZeros([WithChecksum, Window128KiB], 1), 1, 2, 3, 4];

    /// <summary>Blocks of nothing: the decoder takes and takes, and gives nothing.</summary>
    public static byte[] ZstdOfEmptyBlocks(int count) =>
        [.. ZstdHead([Plain, Window128KiB]), .. new byte[3 * (count - 1)], 1, 0, 0];

    /// <summary>Good frames, of which the first lies about its length.</summary>
    public static byte[] ZstdWithContentSize(byte[] frames, int difference)
    {
        const int Descriptor = 4;
        const int SingleSegment = 0x20;
        var lying = frames.ToArray();
        // Two bits of the descriptor tell the field's width; four bytes here, which a window's byte may come before.
        Assert.Equal(2, lying[Descriptor] >> 6);
        var at = (lying[Descriptor] & SingleSegment) != 0 ? Descriptor + 1 : Descriptor + 2;
        var size = BinaryPrimitives.ReadInt32LittleEndian(lying.AsSpan(at));
        BinaryPrimitives.WriteInt32LittleEndian(lying.AsSpan(at), size + difference);
        return lying;
    }

    /// <summary>lz4 frames of zeros, of 64 MiB each.</summary>
    public static byte[] Lz4Bomb(int frames)
    {
        var frame = Lz4Frame(new byte[64 << 20]);
        return [.. Enumerable.Repeat(frame, frames).SelectMany(f => f)];
    }

    public static byte[] Lz4Frame(byte[] content)
    {
        using var encoder = new Lz4.Encoder(content.Length, 1);
        return [.. encoder.Begin(), .. encoder.Update(content), .. encoder.Finish()];
    }

    /// <summary>An lz4 frame whose first block refers to what nobody has.</summary>
    public static byte[] Lz4WithDictionary()
    {
        // Magic; version 1, independent blocks; 64 KiB; checksum of these two; a block of 10 bytes: one literal, then a match 1000 bytes back.
        return
        [
            4,
            0x22,
            0x4D,
            0x18,
            0x60,
            0x40,
            0x82,
            10,
            0,
            0,
            0,
            0x10,
            (byte)'x',
            0xE8,
            3,
            0x50,
            1,
            2,
            3,
            4,
            5,
            0,
            0,
            0,
            0,
        ];
    }

    public static byte[] Gzip(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return packed.ToArray();
    }

    /// <summary>A frame that every decoder passes over.</summary>
    public static byte[] Skippable(int length)
    {
        var frame = new byte[8 + length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0x184D2A57);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), length);
        return frame;
    }

    private static byte[] ZstdHead(byte[] header) => [0x28, 0xB5, 0x2F, 0xFD, .. header];

    private static byte[] ZstdZeros(byte[] header, int blocks)
    {
        const int RunLength = 1 << 1;
        var file = new byte[4 + header.Length + 4 * blocks];
        ZstdHead(header).CopyTo(file, 0);
        for (var i = 0; i < blocks; i++)
        {
            var last = i == blocks - 1 ? 1 : 0;
            BinaryPrimitives.WriteInt32LittleEndian(
                file.AsSpan(4 + header.Length + 4 * i),
                Block << 3 | RunLength | last
            );
        }

        return file;
    }
}
