using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using UpdateEngine.Tuf.Tests.Metadata.Keys;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Signing;

public sealed class PrivateKeyTests
{
    private static readonly DateTimeOffset s_expires = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // Long RSA keys take seconds to make.
    private static readonly Dictionary<KeyKind, string> s_made = [];

    public static TheoryData<KeyKind> Kinds => [.. Enum.GetValues<KeyKind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_document_signed_by_a_key_of_any_kind_is_counted_by_the_reading_side(KeyKind kind)
    {
        using var signer = PrivateKey.FromPkcs8Pem(Pem(kind));
        var root = MetadataDocument.NewRoot(1, s_expires);
        root.AddKey("root", signer.PublicKey);
        root.Sign(signer);

        var read = MetadataDocument.Parse(root.ToBytes());

        Assert.Equal(1, read.CountValidSignatures(read, "root"));
        read.SetVersion(2);
        Assert.Equal(0, read.CountValidSignatures(read, "root"));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_key_of_any_kind_survives_pem_in_both_halves(KeyKind kind)
    {
        using var signer = PrivateKey.FromPkcs8Pem(Pem(kind));
        using var again = PrivateKey.FromPkcs8Pem("Some words before it.\n" + signer.ToPkcs8Pem());

        Assert.Equal(signer.PublicKey.ComputeKeyId(), again.PublicKey.ComputeKeyId());
        Assert.True(signer.PublicKey.Verify("m"u8, again.Sign("m"u8)));
        Assert.Equal(
            signer.PublicKey.ToJson(),
            PublicKeyPem.FromSpkiPem("And before this.\n" + signer.PublicKey.ToSpkiPem()).ToJson()
        );
    }

    // The key ids are those that securesystemslib 1.x computes for these keys (SSlibKey.from_crypto).
    [Theory]
    [InlineData(
        KeyVectors.Rsa2048,
        "rsa",
        "rsassa-pss-sha256",
        "1fb9dfe55e305031e39bbd25279c6b0882cacc435d37c8622c223bf96e93743f"
    )]
    [InlineData(
        KeyVectors.P256Even,
        "ecdsa",
        "ecdsa-sha2-nistp256",
        "293c4474d33ead39cb1afca1b988e4f999a8d78058c330ebeaf6c02b1c0aa875"
    )]
    [InlineData(
        KeyVectors.P384Even,
        "ecdsa",
        "ecdsa-sha2-nistp384",
        "87ace5b695572230939a475852f914ec8ee26ab7618c3eece935bb81e0e51966"
    )]
    public void A_key_has_the_form_and_the_id_that_other_tuf_tools_give_it(
        string der,
        string type,
        string scheme,
        string id
    )
    {
        // As one long line, which must not matter.
        var key = PublicKeyPem.FromSpkiPem($"-----BEGIN PUBLIC KEY-----\n{der}\n-----END PUBLIC KEY-----");

        Assert.Equal((type, scheme, id), (key.KeyType, key.Scheme, key.ComputeKeyId()));
    }

    [Fact]
    public void A_curve_that_no_scheme_is_for_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP521);

        Assert.Contains("curve", Refusal(() => PrivateKey.FromPkcs8(other.ExportPkcs8PrivateKey())));
        Assert.Contains("curve", Refusal(() => PublicKeyPem.FromSpki(other.ExportSubjectPublicKeyInfo())));
    }

    [Fact]
    public void An_rsa_key_that_clients_would_not_count_is_refused()
    {
        using var small = RSA.Create(1024);

        Assert.Contains("size", Refusal(() => PrivateKey.FromPkcs8(small.ExportPkcs8PrivateKey())));
    }

    [Fact]
    public void Bytes_after_the_key_are_refused()
    {
        using var signer = PrivateKey.Generate(KeyKind.EcdsaP256);

        Assert.Throws<MetadataMalformedException>(() => PrivateKey.FromPkcs8((byte[])[.. signer.ToPkcs8(), 0]));
    }

    [Fact]
    public void An_encrypted_key_opens_with_its_passphrase_alone()
    {
        using var signer = PrivateKey.Generate(KeyKind.Ed25519);
        var pem = EncryptedPkcs8.ToPem(signer.ToPkcs8(), "grün und blau");

        Assert.Equal(signer.ToPkcs8(), EncryptedPkcs8.Parse(pem).TryDecrypt("grün und blau"));
        Assert.Null(EncryptedPkcs8.Parse(pem).TryDecrypt("grün und Blau"));
    }

    [Fact]
    public void No_wrong_passphrase_ever_yields_a_key()
    {
        using var signer = PrivateKey.Generate(KeyKind.Ed25519);
        var cheap = new PbeParameters(PbeEncryptionAlgorithm.Aes128Cbc, HashAlgorithmName.SHA256, 1);
        using var framework = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = framework.ExportEncryptedPkcs8PrivateKeyPem("right", cheap);

        // One in 256 has a padding that looks right.
        Assert.All(Enumerable.Range(0, 3000), i => Assert.Null(EncryptedPkcs8.Parse(pem).TryDecrypt($"wrong {i}")));
    }

    [Theory]
    [InlineData(PbeEncryptionAlgorithm.Aes128Cbc, "SHA1")]
    [InlineData(PbeEncryptionAlgorithm.Aes192Cbc, "SHA384")]
    [InlineData(PbeEncryptionAlgorithm.Aes256Cbc, "SHA512")]
    public void What_the_framework_encrypts_is_read_here_and_the_other_way_round(
        PbeEncryptionAlgorithm cipher,
        string digest
    )
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem("p", new PbeParameters(cipher, new(digest), 1000));
        var der = EncryptedPkcs8.Parse(pem).TryDecrypt("p");
        Assert.NotNull(der);

        using var again = ECDsa.Create();
        again.ImportFromEncryptedPem(EncryptedPkcs8.ToPem(der, "q"), "q");

        Assert.Equal(key.ExportSubjectPublicKeyInfo(), again.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public void An_encryption_that_is_not_known_is_named()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var old = new PbeParameters(PbeEncryptionAlgorithm.TripleDes3KeyPkcs12, HashAlgorithmName.SHA1, 1);
        var pem = key.ExportEncryptedPkcs8PrivateKeyPem("p", old);

        Assert.Contains("1.2.840.113549.1.12.1.3", Refusal(() => EncryptedPkcs8.Parse(pem).TryDecrypt("p")));
    }

    private static string Pem(KeyKind kind)
    {
        lock (s_made)
        {
            if (!s_made.TryGetValue(kind, out var pem))
            {
                using var key = PrivateKey.Generate(kind);
                s_made[kind] = pem = key.ToPkcs8Pem();
            }

            return pem;
        }
    }

    private static string Refusal(Func<object?> action) => Assert.Throws<MetadataMalformedException>(action).Message;
}
