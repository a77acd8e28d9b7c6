using System.Text;

namespace UpdateEngine.Tests;

public sealed class ImageDigestTests
{
    // RFC 7693, appendix A; FIPS 180-4's example.
    private const string Blake2bOfAbc =
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923";
    private const string Sha256OfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Theory]
    [InlineData(ImageDigestAlgorithm.Sha256, Sha256OfAbc)]
    [InlineData(ImageDigestAlgorithm.Blake2b, Blake2bOfAbc)]
    public void A_digest_is_the_one_of_its_standard_however_the_bytes_come(
        ImageDigestAlgorithm algorithm,
        string expected
    )
    {
        using var hash = new ImageHash(algorithm);
        hash.Append(Encoding.ASCII.GetBytes("a"));
        hash.Append([]);
        hash.Append(Encoding.ASCII.GetBytes("bc"));
        Assert.Equal(new ImageDigest(algorithm, expected), hash.Finish());
    }

    [Theory]
    [InlineData(Sha256OfAbc, null, ImageDigestAlgorithm.Blake2b, ImageDigestAlgorithm.Sha256)]
    [InlineData(null, Blake2bOfAbc, ImageDigestAlgorithm.Sha256, ImageDigestAlgorithm.Blake2b)]
    [InlineData(Sha256OfAbc, Blake2bOfAbc, ImageDigestAlgorithm.Sha256, ImageDigestAlgorithm.Sha256)]
    [InlineData(Sha256OfAbc, Blake2bOfAbc, ImageDigestAlgorithm.Blake2b, ImageDigestAlgorithm.Blake2b)]
    public void The_quicker_of_the_known_ones_is_taken(
        string? sha256,
        string? blake2b,
        ImageDigestAlgorithm quickest,
        ImageDigestAlgorithm expected
    )
    {
        var chosen = ImageDigest.Choose(sha256, blake2b, quickest)!.Value;
        Assert.Equal(expected, chosen.Algorithm);
        Assert.Equal(expected == ImageDigestAlgorithm.Sha256 ? sha256 : blake2b, chosen.Hex);
    }

    [Fact]
    public void Without_any_there_is_none() => Assert.Null(ImageDigest.Choose(null, null));

    [Theory]
    [InlineData(Sha256OfAbc, null, true)]
    [InlineData(null, null, true)]
    [InlineData(Sha256OfAbc, Blake2bOfAbc, true)]
    [InlineData(Blake2bOfAbc, null, false)]
    [InlineData(Sha256OfAbc, Sha256OfAbc, false)]
    [InlineData("BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", null, false)]
    public void Digests_have_their_length_in_lower_case_hex(string? sha256, string? blake2b, bool expected) =>
        Assert.Equal(expected, ImageDigest.AreWellFormed(sha256, blake2b));
}
