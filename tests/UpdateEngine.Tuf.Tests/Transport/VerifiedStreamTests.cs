using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

public sealed class VerifiedStreamTests
{
    private static readonly byte[] s_content = Encoding.UTF8.GetBytes(
        string.Concat(Enumerable.Repeat("an image ", 30_000))
    );

    [Theory]
    [InlineData("sha256")]
    [InlineData("sha512")]
    [InlineData("sha256 sha512")]
    [InlineData("blake3 sha512")]
    public async Task The_signed_bytes_are_handed_out_and_verified(string algorithms)
    {
        await using var stream = Open(s_content, algorithms);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy);
        await stream.CompleteAsync(default);
        Assert.True(stream.IsVerified);
        Assert.Equal(s_content, copy.ToArray());
        Assert.Equal(s_content.Length, stream.BytesRead);
    }

    [Fact]
    public async Task The_rest_is_drained_when_the_consumer_stops_early()
    {
        await using var stream = Open(s_content);
        await stream.ReadExactlyAsync(new byte[10]);
        Assert.False(stream.IsVerified);
        await stream.CompleteAsync(default);
        Assert.True(stream.IsVerified);
    }

    [Fact]
    public async Task Every_byte_before_the_end_is_not_yet_verified()
    {
        await using var stream = Open(s_content);
        await stream.ReadExactlyAsync(new byte[s_content.Length]);
        Assert.False(stream.IsVerified);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Trailing_bytes_are_refused_even_if_the_consumer_never_asks_for_them(int extra)
    {
        await using var stream = Open([.. s_content, .. new byte[extra]]);
        await stream.ReadExactlyAsync(new byte[s_content.Length]);
        Assert.Equal(s_content.Length, (await RefusedAsync<TooLargeException>(stream)).Limit);
        Assert.Equal(s_content.Length, stream.BytesRead);
    }

    [Fact]
    public async Task A_truncated_file_is_refused()
    {
        await using var stream = Open(s_content[..^1]);
        Assert.Equal("length", (await RefusedAsync<LengthOrDigestMismatchException>(stream)).What);
    }

    [Theory]
    [InlineData("sha256", "sha256")]
    [InlineData("sha512", "sha512")]
    public async Task Other_content_of_the_same_length_is_refused(string algorithms, string what)
    {
        var other = s_content.ToArray();
        other[^1] ^= 1;
        await using var stream = Open(other, algorithms);
        Assert.Equal(what, (await RefusedAsync<LengthOrDigestMismatchException>(stream)).What);
    }

    [Fact]
    public async Task Every_listed_digest_must_match()
    {
        var wrong = Convert.ToHexStringLower(SHA512.HashData("other"u8));
        var digests =
            $$"""{"sha256":"{{Convert.ToHexStringLower(SHA256.HashData(s_content))}}","sha512":"{{wrong}}"}""";
        await using var stream = new VerifiedStream(new MemoryStream(s_content), "t", s_content.Length, Parse(digests));
        Assert.Equal("sha512", (await RefusedAsync<LengthOrDigestMismatchException>(stream)).What);
    }

    [Fact]
    public async Task An_endless_stream_is_cut_off()
    {
        await using var endless = new EndlessStream();
        await using var stream = new VerifiedStream(endless, "t", 1000, Digests("sha256"));
        await RefusedAsync<TooLargeException>(stream);
        Assert.InRange(endless.Handed, 1000, 200_000);
    }

    [Fact]
    public async Task An_error_is_sticky()
    {
        await using var stream = Open(s_content[..^1]);
        await RefusedAsync<LengthOrDigestMismatchException>(stream);
        await RefusedAsync<LengthOrDigestMismatchException>(stream);
    }

    [Fact]
    public void Digests_that_cannot_be_computed_are_an_error_before_the_first_byte() =>
        Assert.Throws<MetadataMalformedException>(() =>
            new VerifiedStream(Stream.Null, "t", 0, Parse("""{"blake3":"00"}"""))
        );

    [Fact]
    public async Task A_read_into_nothing_is_not_the_end()
    {
        await using var stream = Open(s_content);
        Assert.Equal(0, await stream.ReadAsync(Memory<byte>.Empty));
        Assert.False(stream.IsVerified);
        await stream.CompleteAsync(default);
    }

    [Fact]
    public async Task An_empty_target_is_verified_too()
    {
        await using var stream = new VerifiedStream(
            Stream.Null,
            "t",
            0,
            Parse($$"""{"sha256":"{{Convert.ToHexStringLower(SHA256.HashData([]))}}"}""")
        );
        Assert.False(stream.IsVerified);
        await stream.CompleteAsync(default);
        Assert.True(stream.IsVerified);
    }

    private static async Task<T> RefusedAsync<T>(VerifiedStream stream)
        where T : TufException
    {
        var error = await Assert.ThrowsAsync<T>(() => stream.CompleteAsync(default));
        Assert.False(stream.IsVerified);
        return error;
    }

    private static VerifiedStream Open(byte[] sent, string algorithms = "sha256") =>
        new(new MemoryStream(sent), "t", s_content.Length, Digests(algorithms));

    private static Digests Digests(string algorithms) =>
        Parse("{" + string.Join(',', algorithms.Split(' ').Select(a => $"\"{a}\":\"{Hash(a)}\"")) + "}");

    private static string Hash(string algorithm) =>
        algorithm switch
        {
            "sha256" => Convert.ToHexStringLower(SHA256.HashData(s_content)),
            "sha512" => Convert.ToHexStringLower(SHA512.HashData(s_content)),
            _ => "00",
        };

    private static Digests Parse(string json)
    {
        var reader = new FieldReader(Encoding.UTF8.GetBytes(json));
        return Tuf.Metadata.Digests.Read(ref reader);
    }

    private sealed class EndlessStream : ReadOnlyStream
    {
        public long Handed { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Handed += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }
}
