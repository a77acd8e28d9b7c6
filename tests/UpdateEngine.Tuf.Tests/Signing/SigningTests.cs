using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Signing;

public sealed class SigningTests
{
    private static readonly DateTimeOffset s_expires = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void The_first_vector_of_rfc_8032_holds()
    {
        var seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        using var signer = Ed25519Signer.FromSeed(seed);
        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", signer.PublicKey.Value);
        Assert.StartsWith(
            "e5564300c360ac729086e2cc806e828a",
            Convert.ToHexStringLower(signer.Sign([])),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void Keys_survive_pem()
    {
        using var signer = Ed25519Signer.Generate();
        using var again = PrivateKey.FromPkcs8Pem(signer.ToPkcs8Pem());
        Assert.Equal(signer.PublicKey.Value, again.PublicKey.Value);
        Assert.Equal(signer.PublicKey.Value, PublicKeyPem.FromSpkiPem(signer.PublicKey.ToSpkiPem()).Value);
    }

    [Fact]
    public void A_key_of_openssl_is_read()
    {
        // The example of RFC 8410, section 10.3.
        const string Pem = """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
            -----END PRIVATE KEY-----
            """;
        const string Public = """
            -----BEGIN PUBLIC KEY-----
            MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
            -----END PUBLIC KEY-----
            """;
        using var signer = PrivateKey.FromPkcs8Pem(Pem);
        Assert.Equal(PublicKeyPem.FromSpkiPem(Public).Value, signer.PublicKey.Value);
        Assert.Equal(Pem.ReplaceLineEndings("\n") + "\n", signer.ToPkcs8Pem());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    public void What_is_not_a_private_key_is_refused(string pem) =>
        Assert.Throws<MetadataMalformedException>(() => PrivateKey.FromPkcs8Pem(pem));

    [Fact]
    public void A_key_id_is_the_digest_of_the_canonical_key()
    {
        var key = new PublicKey(
            "ed25519",
            "ed25519",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
        );
        var canonical = $$"""{"keytype":"ed25519","keyval":{"public":"{{key.Value}}"},"scheme":"ed25519"}""";
        var digest = System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(canonical));
        Assert.Equal(Convert.ToHexStringLower(digest), key.ComputeKeyId());
    }

    [Fact]
    public void Signatures_count_by_distinct_keys_of_the_role()
    {
        using var one = Ed25519Signer.Generate();
        using var two = Ed25519Signer.Generate();
        using var stranger = Ed25519Signer.Generate();
        var root = MetadataDocument.NewRoot(1, s_expires);
        root.AddKey("root", one.PublicKey);
        root.AddKey("root", one.PublicKey);
        root.AddKey("root", two.PublicKey);
        root.Sign(one);
        root.Sign(one);
        root.Sign(stranger);
        Assert.Equal(2, root.Signatures.Count);
        Assert.Equal(1, root.CountValidSignatures(root, "root"));
        root.Sign(two);
        Assert.Equal(2, root.CountValidSignatures(root, "root"));
        root.SetVersion(2);
        Assert.Equal(0, root.CountValidSignatures(root, "root"));
    }

    [Fact]
    public void A_wrong_signature_is_never_attached()
    {
        using var signer = Ed25519Signer.Generate();
        var root = MetadataDocument.NewRoot(1, s_expires);
        Assert.Throws<ThresholdException>(() => root.AttachSignature(signer.PublicKey, signer.Sign("other"u8)));
        Assert.Empty(root.Signatures);
    }

    [Fact]
    public void Unknown_fields_and_big_integers_are_preserved()
    {
        using var signer = Ed25519Signer.Generate();
        var targets = MetadataDocument.NewTargets(3, s_expires);
        targets.SetTarget(new TargetName("a+é.img"), 5, new string('a', 64), new JsonObject { ["x"] = 1 });
        targets.Signed["x-ours"] = JsonNode.Parse("123456789012345678901234567890");
        targets.Sign(signer);
        var again = MetadataDocument.Parse(targets.ToBytes());
        Assert.Equal(targets.ToBytes(), again.ToBytes());
        Assert.Contains(
            "123456789012345678901234567890",
            Encoding.UTF8.GetString(again.ToSignedPayload()),
            StringComparison.Ordinal
        );
        Assert.Contains("a+é.img", Encoding.UTF8.GetString(again.ToBytes()), StringComparison.Ordinal);
        Assert.Equal(3, again.Version);
        Assert.Equal(s_expires, again.Expires);
    }

    [Fact]
    public void A_key_leaves_the_document_with_its_last_role()
    {
        using var signer = Ed25519Signer.Generate();
        var root = MetadataDocument.NewRoot(1, s_expires);
        var id = root.AddKey("root", signer.PublicKey);
        root.AddKey("timestamp", signer.PublicKey);
        Assert.True(root.RemoveKey("root", id));
        Assert.Single(root.ToRoot().Keys);
        Assert.True(root.RemoveKey("timestamp", id));
        Assert.False(root.RemoveKey("timestamp", id));
        Assert.Empty(root.ToRoot().Keys);
    }

    [Theory]
    [InlineData("""{"signed":[],"signatures":[]}""")]
    [InlineData("""{"signed":{},"signatures":[]}""")]
    [InlineData("""{"signed":{"_type":"other"},"signatures":[]}""")]
    [InlineData("""{"signed":{"_type":7},"signatures":[],"x":1,"x":2}""")]
    public void Documents_of_another_shape_are_refused(string json) =>
        Assert.Throws<MetadataMalformedException>(() => MetadataDocument.Parse(Encoding.UTF8.GetBytes(json)));
}
