using UpdateEngine.Native;
using UpdateEngine.Releases;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>A signed file that is not what a good publisher makes, and how a prepare of it ends.</summary>
/// <param name="Name">Its line in docs/faults.md.</param>
/// <param name="WithRaw">Where the manifest signs length and digest of the decoded image.</param>
/// <param name="WithoutRaw">Where it does not.</param>
/// <param name="File">What is published for an image.</param>
internal sealed record PublisherFault(string Name, Outcome WithRaw, Outcome WithoutRaw, Func<byte[], byte[]> File)
{
    public Func<RawImage, RawImage> Raw { get; init; } = raw => raw;

    /// <summary>Null: the usual one.</summary>
    public byte[]? Image { get; init; }
}

internal static class PublisherFaults
{
    private const long Bomb = 8L << 30;
    private const int Partition = 3 << 20;

    public static IReadOnlyList<PublisherFault> All { get; } =
    [
        Fails("a zstd bomb: 256 KiB that become 8 GiB", More, NoRoom, _ => ImageFiles.ZstdBomb(Bomb)),
        Fails("an lz4 bomb: 1 MiB that becomes 256 MiB", More, NoRoomAtAll, _ => ImageFiles.Lz4Bomb(4)),
        Fails(
            "a bomb behind a good image",
            More,
            NoRoom,
            i => [.. TestRepository.Frames(i), .. ImageFiles.ZstdBomb(Bomb)]
        ),
        Fails(
            "an image larger than the partition",
            NoRoom with
            {
                Says = "the root partition of slot B holds",
                BeforeFirstWrite = true,
            },
            NoRoom,
            TestRepository.Frames
        ) with
        {
            Image = new byte[Partition + 1],
        },
        Fails(
            "compressed by gzip",
            Undecodable("with gzip"),
            Undecodable("with gzip") with
            {
                BeforeFirstWrite = true,
            },
            ImageFiles.Gzip
        ),
        Fails(
            "compressed by xz",
            Undecodable("with xz"),
            Undecodable("with xz") with
            {
                BeforeFirstWrite = true,
            },
            i => [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, .. i]
        ),
        Fails(
            "compressed by bzip2",
            Undecodable("with bzip2"),
            Undecodable("with bzip2") with
            {
                BeforeFirstWrite = true,
            },
            i => [.. "BZh91AY&SY"u8, .. i]
        ),
        Fails("an image larger than the partition, in one zstd frame", NoRoomAtAll, i => Zstd.CompressFrame(i, 1)) with
        {
            Image = new byte[Partition + 1],
        },
        Fails("an image larger than the partition, in one lz4 frame", NoRoomAtAll, ImageFiles.Lz4Frame) with
        {
            Image = new byte[Partition + 1],
        },
        Fails("an image larger than the partition, not compressed", NoRoomAtAll, i => i) with
        {
            Image = new byte[Partition + 1],
        },
        Fails("an empty file", Fewer, Nothing, _ => []),
        Fails("a frame of nothing", Fewer, Nothing, _ => Zstd.CompressFrame([], 1)),
        Fails("a million empty blocks", Fewer, Nothing, _ => ImageFiles.ZstdOfEmptyBlocks(1_000_000)),
        Fails(
            "skippable frames only",
            Fewer,
            Nothing,
            _ => [.. ImageFiles.Skippable(20), .. ImageFiles.Skippable(300_000)]
        ),
        Fails("zstd that needs a dictionary", Undecodable("ictionary"), _ => ImageFiles.ZstdWithDictionary()),
        Fails("lz4 that needs a dictionary", Undecodable("decompressionFailed"), _ => ImageFiles.Lz4WithDictionary()),
        Fails("a window of 64 MiB", Undecodable("memory"), _ => ImageFiles.ZstdWithLargeWindow()),
        Fails(
            "a frame that announces a byte more than it holds",
            Undecodable("can't be decoded"),
            i => ImageFiles.ZstdWithContentSize(TestRepository.Frames(i), 1)
        ),
        Fails(
            "a frame that announces a byte less than it holds",
            Undecodable("can't be decoded"),
            i => ImageFiles.ZstdWithContentSize(TestRepository.Frames(i), -1)
        ),
        Fails(
            "a frame that announces 1 GiB more than it holds",
            Undecodable("can't be decoded"),
            NoRoomAtAll,
            i => ImageFiles.ZstdWithContentSize(TestRepository.Frames(i), 1 << 30)
        ),
        Fails("a frame that is cut off", Undecodable("ends inside"), i => TestRepository.Frames(i)[..^5]),
        Fails("a wrong checksum in a frame", Undecodable("can't be decoded"), _ => ImageFiles.ZstdWithWrongChecksum()),
        Fails(
            "bytes behind the last frame",
            Undecodable("can't be decoded"),
            i => [.. TestRepository.Frames(i), 1, 2, 3, 4, 5]
        ),
        Fails(
            "an lz4 frame behind a zstd frame",
            Undecodable("can't be decoded"),
            i => [.. TestRepository.Frames(i), .. ImageFiles.Lz4Frame(i)]
        ),
        Fails("another image than `raw` says", WrongDigest, Outcome.Installed, TestRepository.Frames) with
        {
            Raw = r => r with { Sha256 = new string('0', 64) },
        },
        Fails("a longer image than `raw` says", More, Outcome.Installed, TestRepository.Frames) with
        {
            Raw = r => r with { Length = r.Length - 1 },
        },
        Fails("a shorter image than `raw` says", Fewer, Outcome.Installed, TestRepository.Frames) with
        {
            Raw = r => r with { Length = r.Length + 1 },
        },
        Installs(
            "skippable frames between good ones",
            i => [.. ImageFiles.Skippable(100), .. TestRepository.Frames(i), .. ImageFiles.Skippable(0)]
        ),
        Installs("frames of 1,000 bytes", i => [.. i.Chunk(1000).SelectMany(part => Zstd.CompressFrame(part, 1))]),
        Installs("one lz4 frame", ImageFiles.Lz4Frame),
        Installs("not compressed", i => i),
        Installs("an image that gzip made, in zstd", TestRepository.Frames) with
        {
            Image = ImageFiles.Gzip(FaultyHost.RootImage),
        },
    ];

    private static Outcome More => Undecodable("it holds more");

    private static Outcome Fewer => Undecodable("it holds only");

    private static Outcome Nothing => Undecodable("no bytes at all");

    private static Outcome NoRoom => Outcome.Disk(ErrorCodes.SlotTooSmall, "root");

    /// <summary>The first frame tells.</summary>
    private static Outcome NoRoomAtAll => NoRoom with { Says = "holds", BeforeFirstWrite = true };

    private static Outcome WrongDigest => Outcome.Disk(ErrorCodes.ReadBackMismatch, "the signed digest of the image");

    private static Outcome Undecodable(string says) => Outcome.Verification("image-corrupt", says);

    private static PublisherFault Fails(string name, Outcome outcome, Func<byte[], byte[]> file) =>
        new(name, outcome, outcome, file);

    private static PublisherFault Fails(string name, Outcome withRaw, Outcome withoutRaw, Func<byte[], byte[]> file) =>
        new(name, withRaw, withoutRaw, file);

    private static PublisherFault Installs(string name, Func<byte[], byte[]> file) =>
        new(name, Outcome.Installed, Outcome.Installed, file);
}
