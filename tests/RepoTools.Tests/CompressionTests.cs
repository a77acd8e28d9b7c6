using System.Security.Cryptography;
using RepoTools.Releases;
using RepoTools.Tests.Simulators;
using UpdateEngine.Native;
using Xunit;

namespace RepoTools.Tests;

public sealed class CompressionTests : IDisposable
{
    /// <summary>What formats.md allows a frame to hold.</summary>
    private const int MaxFrame = 32 * 1024 * 1024;

    private readonly TempDirectory _directory = new();

    [Theory]
    [InlineData(1)]
    [InlineData(ImageCompressor.FrameBytes)]
    [InlineData(ImageCompressor.FrameBytes + 1)]
    [InlineData(5 * ImageCompressor.FrameBytes - 7)]
    public async Task The_zstd_program_decodes_an_image_to_the_original(int length)
    {
        var image = _directory.Image("image", length, length);

        var (compressed, file) = await CompressAsync(File.OpenRead(image));

        var test = await Tool.WitnessAsync("zstd", "-q", "-d", file, "-o", _directory.Of("decoded"));
        Assert.True(test.Code == 0, test.Error);
        Assert.Equal(
            SHA256.HashData(File.ReadAllBytes(image)),
            SHA256.HashData(File.ReadAllBytes(_directory.Of("decoded")))
        );
        Assert.Equal(length, compressed.Raw.Length);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(image))), compressed.Raw.Sha256);
        Assert.Equal(new FileInfo(file).Length, compressed.Length);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))), compressed.Sha256);
    }

    [Fact]
    public async Task Frames_are_independent_state_their_size_and_hold_at_most_32_MiB()
    {
        const int Length = 3 * ImageCompressor.FrameBytes + 5;
        var image = _directory.Image("image", Length, 7);

        var (_, file) = await CompressAsync(File.OpenRead(image));

        var sizes = Frames(File.ReadAllBytes(file));
        Assert.Equal(4, sizes.Count);
        Assert.All(sizes, size => Assert.InRange(size.Content, 1, MaxFrame));
        Assert.All(sizes, size => Assert.Equal(size.Header, size.Content));
        Assert.Equal(Length, sizes.Sum(s => s.Content));
    }

    [Fact]
    public async Task Frames_carry_no_checksum_beside_the_signed_digests()
    {
        var (_, file) = await CompressAsync(File.OpenRead(_directory.Image("image", 1000, 1)));

        Assert.Contains("Check: None", (await Tool.WitnessAsync("zstd", "-lv", file)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Short_reads_do_not_make_short_frames()
    {
        var content = new byte[ImageCompressor.FrameBytes / 64];

        var (compressed, file) = await CompressAsync(new TricklingStream(content, 1000));

        Assert.Equal(content.Length, compressed.Raw.Length);
        Assert.Single(Frames(File.ReadAllBytes(file)));
    }

    [Fact]
    public async Task A_medium_that_fails_to_read_fails_the_compression()
    {
        var failing = new TricklingStream(new byte[5000], 1000, failAt: 3000);

        await Assert.ThrowsAsync<IOException>(() => CompressAsync(failing));
    }

    [Fact]
    public async Task An_empty_image_is_refused_before_anything_is_written()
    {
        using var repository = await TestRepository.CreateAsync();
        File.WriteAllBytes(repository.Of("empty.img"), []);

        var result = await repository.AddAsync("1.2.0", "--hash", repository.Of("empty.img"));

        Assert.Equal(65, result.Code);
        Assert.Contains("empty.img is empty", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(repository.Workspace.Draft));
    }

    private async Task<(CompressedImage Image, string File)> CompressAsync(Stream image)
    {
        var file = _directory.Of("image.zst");
        await using (image)
        await using (var target = File.Create(file))
        {
            return (await ImageCompressor.CompressAsync(image, target, 1, "image", 0, null, default), file);
        }
    }

    /// <summary>Size by the header and size by decoding, of each frame.</summary>
    private static List<(long? Header, long Content)> Frames(ReadOnlySpan<byte> input)
    {
        var frames = new List<(long?, long)>();
        var output = new byte[1 << 20];
        while (!input.IsEmpty)
        {
            // A decoder of its own for each: it decodes without what came before.
            using var decoder = new Zstd.Decoder();
            var header = Zstd.FrameContentSize(input);
            long content = 0;
            do
            {
                var (consumed, produced) = decoder.Decode(input, output);
                input = input[consumed..];
                content += produced;
            } while (!decoder.AtFrameBoundary);
            frames.Add((header, content));
        }
        return frames;
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>Gives a few bytes at a time, and fails where it is told to.</summary>
    private sealed class TricklingStream(byte[] content, int step, int failAt = int.MaxValue) : MemoryStream(content)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Position >= failAt
                ? throw new IOException("the medium is worn out")
                : base.ReadAsync(buffer[..Math.Min(step, buffer.Length)], cancellationToken);
    }
}
