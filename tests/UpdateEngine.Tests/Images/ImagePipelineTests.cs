using System.Security.Cryptography;
using UpdateEngine.Disks;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tests.Simulators;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tests.Images;

/// <summary>Promise P1: nothing comes through but the signed bytes, all of them, as they lie on the medium.</summary>
public sealed class ImagePipelineTests
{
    private const int Capacity = 3 << 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly byte[] s_image = DecodingStreamTests.Content(2_500_001);
    private static readonly byte[] s_stream = DecodingStreamTests.Encode("zstd", s_image);
    private static readonly RawImage s_raw = Hosts.TestRepository.Raw(s_image);

    public static TheoryData<string> Formats => new("zstd", "lz4", "none");

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task A_good_image_is_written_and_named_with_what_was_read_back(string format)
    {
        var stream = format == "none" ? s_image : DecodingStreamTests.Encode(format, s_image);
        foreach (var raw in new[] { s_raw, null })
        {
            var disk = MakeDisk();
            var written = await WriteAsync(disk, Signed(stream, stream), raw);
            Assert.Equal(s_raw.Length, written.Length);
            Assert.Equal(DigestOf(s_image, written.Digest.Algorithm), written.Digest);
            Assert.Equal(s_image, disk.Image.AsSpan((int)Target(disk).Root.Offset, s_image.Length));
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public async Task An_image_of_no_bytes_is_refused_because_the_slot_would_keep_its_old_content(string format)
    {
        var stream = format == "none" ? [] : DecodingStreamTests.Encode(format, []);
        var error = await RefusedAsync<UpdateException>(Signed(stream, stream), null);
        Assert.Equal(ErrorCodes.ImageCorrupt, error.Code);
    }

    [Fact]
    public async Task The_slot_is_flushed_before_it_is_read_back()
    {
        var disk = MakeDisk();
        var steps = new List<string>();
        await WriteAsync(new WatchedDisk(disk, steps), Signed(s_stream, s_stream), s_raw);
        Assert.Equal(["write", "flush", "drop", "read"], steps);
    }

    /// <summary>Reading back trails the writing; each part of the medium is read after a flush that followed its write, and once.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData(2 << 20)]
    public async Task Each_part_is_read_back_after_the_flush_that_followed_its_write(long checkpoint)
    {
        foreach (var raw in new[] { s_raw, null })
        {
            var disk = MakeDisk();
            var root = Target(disk).Root;
            var ordered = new OrderedDisk(disk, root.Offset, root.Length);
            var written = await WriteAsync(ordered, Signed(s_stream, s_stream), raw, checkpoint: checkpoint);
            Assert.Equal(DigestOf(s_image, written.Digest.Algorithm), written.Digest);
            Assert.Empty(ordered.ReadTooEarly);
            Assert.Equal(s_raw.Length, ordered.BytesRead);
        }
    }

    /// <summary>A page that is being written stays in the cache, and what is read from an odd place does not go past it.</summary>
    [Fact]
    public async Task What_goes_on_at_an_odd_place_is_read_back_in_whole_blocks()
    {
        const int Odd = 1_000_001;
        var disk = MakeDisk();
        var root = Target(disk).Root;
        disk.Write(root.Offset, s_image.AsSpan(0, Odd));
        var rest = new VerifiedStream(
            new MemoryStream(s_image, Odd, s_image.Length - Odd),
            "root",
            s_image.Length,
            Digests(s_image),
            Odd
        );
        var slots = SlotDisk.Slots(disk);
        disk.Dropped.Clear();
        var pipeline = new ImagePipeline(new SlotWriter(disk, slots.A, slots.B), null, checkpoint: 1);
        await pipeline.WriteAsync(new ImageJob("root", "x", s_raw) { Start = new(Odd, Odd) }, rest, default);
        Assert.All(disk.Dropped, d => Assert.Equal(0, (d.Offset - root.Offset) % AlignedBuffer.Alignment));
        Assert.Equal(s_image.Length, disk.Dropped.Sum(d => d.Length));
    }

    [Fact]
    public async Task A_medium_that_cannot_be_read_back_is_an_error()
    {
        var disk = MakeDisk();
        var root = Target(disk).Root;
        disk.FailsToRead = offset => offset >= root.Offset && offset < root.Offset + root.Length;
        var work = WriteAsync(disk, Signed(s_stream, s_stream), s_raw, checkpoint: 1);
        var error = await Assert.ThrowsAsync<UpdateException>(() => work.WaitAsync(s_patience));
        Assert.Equal(ErrorCodes.DiskUnreadable, error.Code);
    }

    [Fact]
    public async Task A_valid_stream_of_the_same_length_with_other_content_is_refused()
    {
        var other = (byte[])s_image.Clone();
        other[2_000_000] ^= 1;
        var (a, b) = (StoredFrames(s_image), StoredFrames(other));
        Assert.Equal(a.Length, b.Length);
        foreach (var raw in new[] { s_raw, null })
        {
            var error = await RefusedAsync<LengthOrDigestMismatchException>(Signed(b, a), raw);
            Assert.Equal("sha256", error.What);
        }
    }

    [Fact]
    public Task Bytes_after_the_signed_ones_are_refused() =>
        RefusedAsync<TooLargeException>(Signed([.. s_stream, 0], s_stream), s_raw);

    [Fact]
    public Task A_whole_frame_after_the_signed_ones_is_refused() =>
        RefusedAsync<TooLargeException>(Signed([.. s_stream, .. s_stream], s_stream), s_raw);

    [Fact]
    public async Task A_truncated_stream_is_refused_for_its_length()
    {
        var error = await RefusedAsync<LengthOrDigestMismatchException>(Signed(s_stream[..^1], s_stream), s_raw);
        Assert.Equal("length", error.What);
    }

    [Fact]
    public Task A_stream_that_never_ends_is_refused() =>
        RefusedAsync<TooLargeException>(Signed(new EndlessStream(s_stream), s_stream), s_raw);

    [Fact]
    public async Task A_tampered_stream_is_blamed_on_its_digest_even_where_it_cannot_be_decoded()
    {
        var tampered = (byte[])s_stream.Clone();
        tampered[s_stream.Length / 2] ^= 1;
        await RefusedAsync<LengthOrDigestMismatchException>(Signed(tampered, s_stream), s_raw);
    }

    [Fact]
    public async Task A_tampered_stream_that_decodes_to_more_is_blamed_on_its_digest_too()
    {
        // Of the signed stream's length, but a frame of zeros that never ends.
        var bomb = DecodingStreamTests.Encode("zstd", new byte[Capacity + 1]);
        byte[] tampered = [.. bomb, .. new byte[s_stream.Length - bomb.Length]];
        await RefusedAsync<LengthOrDigestMismatchException>(Signed(tampered, s_stream), s_raw);
        await RefusedAsync<LengthOrDigestMismatchException>(Signed(tampered, s_stream), null);
    }

    [Fact]
    public async Task A_signed_stream_that_cannot_be_decoded_is_the_publishers_fault()
    {
        byte[] broken = [.. s_stream, 1, 2, 3];
        var error = await RefusedAsync<UpdateException>(Signed(broken, broken), s_raw);
        Assert.Equal(ErrorCodes.ImageCorrupt, error.Code);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task An_image_of_another_length_than_the_manifest_signs_is_refused(int difference)
    {
        var raw = s_raw with { Length = s_raw.Length + difference };
        var error = await RefusedAsync<UpdateException>(Signed(s_stream, s_stream), raw);
        Assert.Equal(ErrorCodes.ImageCorrupt, error.Code);
    }

    [Fact]
    public async Task An_image_of_another_digest_than_the_manifest_signs_is_refused()
    {
        var raw = s_raw with { Sha256 = new string('0', 64) };
        var error = await RefusedAsync<UpdateException>(Signed(s_stream, s_stream), raw);
        Assert.Equal(ErrorCodes.ReadBackMismatch, error.Code);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1_500_000)]
    [InlineData(2_500_000)]
    public async Task A_bit_that_flips_on_the_medium_is_found_by_reading_back(int at)
    {
        foreach (var raw in new[] { s_raw, null })
        {
            var disk = MakeDisk();
            var offset = Target(disk).Root.Offset + at;
            var work = WriteAsync(new FlippingDisk(disk, offset), Signed(s_stream, s_stream), raw);
            var error = await Assert.ThrowsAsync<UpdateException>(() => work.WaitAsync(s_patience));
            Assert.Equal(ErrorCodes.ReadBackMismatch, error.Code);
        }
    }

    [Fact]
    public async Task An_image_larger_than_the_partition_is_refused_and_writes_nothing_outside_of_it()
    {
        var large = new byte[Capacity + 1];
        var stream = DecodingStreamTests.Encode("zstd", large);
        var disk = MakeDisk();
        var before = (byte[])disk.Image.Clone();
        var work = WriteAsync(disk, Signed(stream, stream), null);
        var error = await Assert.ThrowsAsync<UpdateException>(() => work.WaitAsync(s_patience));
        Assert.Equal(ErrorCodes.SlotTooSmall, error.Code);
        var root = Target(disk).Root;
        Assert.Equal(before[..(int)root.Offset], disk.Image[..(int)root.Offset]);
        Assert.Equal(before[(int)(root.Offset + root.Length)..], disk.Image[(int)(root.Offset + root.Length)..]);
    }

    [Fact]
    public async Task Cancelling_in_the_middle_of_a_transfer_ends_it()
    {
        using var stop = new CancellationTokenSource();
        var stalling = new StallingStream(s_stream[..(s_stream.Length / 2)]);
        var work = WriteAsync(MakeDisk(), Signed(stalling, s_stream), s_raw, stop: stop.Token);
        await stalling.Stalled.WaitAsync(s_patience);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work.WaitAsync(s_patience));
    }

    [Fact]
    public async Task A_disk_that_fails_ends_a_transfer_that_waits_for_the_network()
    {
        var stalling = new StallingStream(s_image[..(2 << 20)]);
        var work = WriteAsync(new BrokenDisk(MakeDisk()), Signed(stalling, s_image), s_raw);
        var error = await Assert.ThrowsAsync<UpdateException>(() => work.WaitAsync(s_patience));
        Assert.Equal(ErrorCodes.DiskWriteFailed, error.Code);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_ends_the_writing()
    {
        var work = WriteAsync(MakeDisk(), Signed(new BreakingStream(s_stream[..100_000]), s_stream), s_raw);
        await Assert.ThrowsAsync<IOException>(() => work.WaitAsync(s_patience));
    }

    [Fact]
    public async Task Of_two_signed_digests_the_one_that_is_quick_here_decides()
    {
        var blake2b = DigestOf(s_image, ImageDigestAlgorithm.Blake2b).Hex;
        var both = s_raw with { Blake2b = blake2b };
        var written = await WriteAsync(MakeDisk(), Signed(s_stream, s_stream), both);
        Assert.Equal(ImageDigest.Quickest, written.Digest.Algorithm);

        var zeros = new string('0', both.Digest.Hex.Length);
        var lie =
            both.Digest.Algorithm == ImageDigestAlgorithm.Sha256
                ? both with
                {
                    Sha256 = zeros,
                }
                : both with
                {
                    Blake2b = zeros,
                };
        var error = await RefusedAsync<UpdateException>(Signed(s_stream, s_stream), lie);
        Assert.Equal(ErrorCodes.ReadBackMismatch, error.Code);
    }

    private static ImageDigest DigestOf(byte[] image, ImageDigestAlgorithm algorithm)
    {
        using var hash = new ImageHash(algorithm);
        hash.Append(image);
        return hash.Finish();
    }

    /// <summary>zstd frames whose blocks are stored: other content, same length.</summary>
    private static byte[] StoredFrames(byte[] content)
    {
        var noise = new byte[content.Length];
        new Random(1).NextBytes(noise);
        return DecodingStreamTests.Encode("zstd", [.. noise.Zip(content, (n, c) => (byte)(n ^ c))]);
    }

    private static async Task<T> RefusedAsync<T>(VerifiedStream source, RawImage? raw)
        where T : Exception
    {
        var work = WriteAsync(MakeDisk(), source, raw);
        return await Assert.ThrowsAsync<T>(() => work.WaitAsync(s_patience));
    }

    private static Task<PreparedImage> WriteAsync(
        IBlockDevice disk,
        VerifiedStream source,
        RawImage? raw,
        long checkpoint = ImagePipeline.Checkpoint,
        CancellationToken stop = default
    )
    {
        var slots = SlotDisk.Slots(disk);
        var pipeline = new ImagePipeline(new SlotWriter(disk, slots.A, slots.B), null, checkpoint);
        return pipeline.WriteAsync(new ImageJob("root", "x", raw), source, stop);
    }

    private static Slot Target(IBlockDevice disk) => SlotDisk.Slots(disk).B;

    private static VerifiedStream Signed(byte[] sent, byte[] signed) => Signed(new DribbleStream(sent, 77_777), signed);

    private static VerifiedStream Signed(Stream sent, byte[] signed) =>
        new(sent, "root.zst", signed.Length, Digests(signed));

    private static Tuf.Metadata.Digests Digests(byte[] signed) => TargetDigests.Sha256(SHA256.HashData(signed));

    private static RecordedDisk MakeDisk()
    {
        const int Length = 32 << 20;
        var disk = new RecordedDisk(new byte[Length], 512);
        GuidPartitionTable.Create(Length, 512, SlotDisk.Partitions(Capacity), SlotDisk.Id(99), 128, 512).Commit(disk);
        return disk;
    }
}
