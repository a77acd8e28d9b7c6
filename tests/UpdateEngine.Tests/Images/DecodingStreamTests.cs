using System.Buffers.Binary;
using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Images;
using UpdateEngine.Native;

namespace UpdateEngine.Tests.Images;

public sealed class DecodingStreamTests
{
    public static TheoryData<string> Formats => new("zstd", "lz4");

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task One_frame_decodes_to_what_was_encoded(string format)
    {
        var content = Content(1_000_000);
        Assert.Equal(content, await DecodeAsync(Encode(format, content)));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Several_frames_decode_to_their_contents_one_after_the_other(string format)
    {
        var (a, b) = (Content(300_000), Content(70_001));
        var decoded = await DecodeAsync([.. Encode(format, a), .. Encode(format, b), .. Encode(format, a)]);
        Assert.Equal((byte[])[.. a, .. b, .. a], decoded);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task Skippable_frames_and_empty_frames_add_nothing(string format)
    {
        var content = Content(1000);
        byte[] stream =
        [
            .. Encode(format, []),
            .. Skippable(),
            .. Encode(format, content),
            .. Skippable(),
            .. Encode(format, []),
        ];
        Assert.Equal(content, await DecodeAsync(stream));
    }

    [Fact]
    public async Task A_stream_may_begin_with_a_skippable_frame()
    {
        var content = Content(1000);
        Assert.Equal(content, await DecodeAsync([.. Skippable(), .. Encode("zstd", content)]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_stream_that_ends_inside_a_frame_is_an_error_wherever_it_ends(string format)
    {
        var whole = Encode(format, Content(2000));
        for (var length = 4; length < whole.Length; length++)
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(whole[..length]));
        }
    }

    [Theory]
    [InlineData("zstd", 1)]
    [InlineData("zstd", 3)]
    [InlineData("zstd", 4)]
    [InlineData("zstd", 5000)]
    [InlineData("lz4", 1)]
    [InlineData("lz4", 3)]
    [InlineData("lz4", 4)]
    [InlineData("lz4", 5000)]
    public async Task Bytes_after_a_complete_frame_that_are_no_frame_are_an_error(string format, int trailing)
    {
        var garbage = Enumerable.Repeat((byte)0x5A, trailing);
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            DecodeAsync([.. Encode(format, Content(2000)), .. garbage])
        );
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            DecodeAsync([.. Encode(format, Content(2000)), .. new byte[trailing]])
        );
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_flipped_bit_in_a_frame_is_an_error(string format)
    {
        // Both programs put checksums into their frames.
        var stream = Pipe(format, ["-q", "-c"], Content(5000));
        stream[stream.Length / 2] ^= 4;
        await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(stream));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(700_000)]
    public async Task What_is_not_compressed_comes_as_it_is(int length)
    {
        var content = Content(length);
        Assert.Equal(content, await DecodeAsync(content));
    }

    [Fact]
    public async Task A_window_that_would_take_too_much_memory_is_an_error()
    {
        var content = new byte[64 << 20];
        var stream = Pipe("zstd", ["-q", "--long=26", "--single-thread", "-c"], content);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => DecodeAsync(stream));
        Assert.Contains("memory", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-19")]
    [InlineData("--no-check")]
    public async Task What_the_zstd_program_writes_is_read(string option)
    {
        var content = Content(3_000_000);
        Assert.Equal(content, await DecodeAsync(Pipe("zstd", ["-q", option, "-c"], content)));
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("-BD")]
    [InlineData("-B4")]
    [InlineData("--content-size")]
    public async Task What_the_lz4_program_writes_is_read(string option)
    {
        var content = Content(3_000_000);
        Assert.Equal(content, await DecodeAsync(Pipe("lz4", ["-q", option, "-c"], content)));
    }

    [Fact]
    public async Task An_empty_buffer_reads_nothing_and_is_not_the_end()
    {
        await using var stream = await DecodingStream.OpenAsync(new MemoryStream(Encode("zstd", Content(10))), default);
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        Assert.Equal(10, await stream.ReadAsync(new byte[20]));
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Frames_arrive_whole_whatever_the_sizes_of_reads_and_buffers(string format)
    {
        var frame = Encode(format, Content(1024));
        var sizes = Gen.Choose(1, 2100);
        Prop.ForAll(
                Arb.From(Gen.Two(sizes)),
                pair =>
                {
                    var (most, buffer) = pair;
                    var decoded = DecodeAsync([.. frame, .. frame], most, buffer).GetAwaiter().GetResult();
                    return decoded.AsSpan().SequenceEqual([.. Content(1024), .. Content(1024)]);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Random_bytes_after_a_magic_number_are_an_error_or_an_end_never_a_hang()
    {
        var seeds = Gen.ArrayOf(Gen.Choose(0, 255).Select(b => (byte)b), 300);
        byte[][] magics =
        [
            [0x28, 0xB5, 0x2F, 0xFD],
            [0x04, 0x22, 0x4D, 0x18],
            [0x50, 0x2A, 0x4D, 0x18],
        ];
        Prop.ForAll(
                Arb.From(Gen.Zip(Gen.Elements(magics), seeds)),
                async pair =>
                {
                    var decoding = DecodeAsync([.. pair.Item1, .. pair.Item2]);
                    await Task.WhenAny(decoding).WaitAsync(TimeSpan.FromSeconds(30));
                    Assert.True(
                        decoding.IsCompletedSuccessfully || decoding.Exception!.InnerException is InvalidDataException
                    );
                }
            )
            .QuickCheckThrowOnFailure();
    }

    internal static byte[] Encode(string format, byte[] content) =>
        format == "zstd" ? Zstd.CompressFrame(content, 3) : Pipe("lz4", ["-q", "-c"], content);

    internal static byte[] Content(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content.AsSpan(0, length / 2));
        return content;
    }

    private static byte[] Skippable()
    {
        var frame = new byte[8 + 20];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, 0x184D2A57);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), 20);
        return frame;
    }

    private static async Task<byte[]> DecodeAsync(byte[] stream, int most = int.MaxValue, int buffer = 65536)
    {
        await using var decoding = await DecodingStream.OpenAsync(new DribbleStream(stream, most), default);
        using var decoded = new MemoryStream();
        await decoding.CopyToAsync(decoded, buffer);
        return decoded.ToArray();
    }

    private static byte[] Pipe(string program, string[] arguments, byte[] input)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{program}"), $"{program} is not installed");
        var info = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(info)!;
        var writing = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        });
        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        writing.GetAwaiter().GetResult();
        return output.ToArray();
    }
}
