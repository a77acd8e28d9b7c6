using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Tuf.Metadata;
using Xunit;
using V = UpdateEngine.Tuf.Tests.Metadata.Keys.KeyVectors;

namespace UpdateEngine.Tuf.Tests.Metadata.Keys;

public sealed class PublicKeyTests
{
    private const string P256 = "ecdsa-sha2-nistp256";
    private const string P384 = "ecdsa-sha2-nistp384";
    private static readonly byte[] s_message = "the message"u8.ToArray();

    [Theory]
    [InlineData(V.Rsa2048, V.Rsa2048Salt0)]
    [InlineData(V.Rsa2048, V.Rsa2048Salt20)]
    [InlineData(V.Rsa2048, V.Rsa2048Salt32)]
    [InlineData(V.Rsa2048, V.Rsa2048Salt64)]
    [InlineData(V.Rsa2048, V.Rsa2048SaltMax)]
    [InlineData(V.Rsa2049, V.Rsa2049Salt0)]
    [InlineData(V.Rsa2049, V.Rsa2049SaltMax)]
    public void Rsa_pss_takes_every_length_of_salt_and_no_changed_byte(string key, string signature)
    {
        var rsa = Rsa(Pem(key));
        var bytes = Convert.FromHexString(signature);
        Assert.True(rsa.Verify(s_message, bytes));
        Assert.False(rsa.Verify("another message"u8, bytes));
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(rsa.Verify(s_message, bytes));
            bytes[i] ^= 1;
        }
    }

    [Fact]
    public void A_key_that_is_longer_than_any_real_one_is_not_searched_for_pem()
    {
        var pem = Pem(V.Rsa2048);
        Assert.True(Rsa(pem + new string('\n', 1000)).IsUsable);
        Assert.False(Rsa(new string('\n', 20_000) + pem).IsUsable);
    }

    [Fact]
    public void Rsa_pss_refuses_other_encodings_lengths_and_numbers_beyond_the_modulus()
    {
        var rsa = Rsa(Pem(V.Rsa2048));
        var good = Convert.FromHexString(V.Rsa2048Salt32);
        Assert.False(rsa.Verify(s_message, Convert.FromHexString(V.Rsa2048MaskSha1)));
        Assert.False(rsa.Verify(s_message, Convert.FromHexString(V.Rsa2048Pkcs1Signature)));
        Assert.False(rsa.Verify(s_message, Convert.FromHexString(V.Rsa2049Salt0)));
        Assert.False(rsa.Verify(s_message, []));
        Assert.False(rsa.Verify(s_message, good.AsSpan(1)));
        Assert.False(rsa.Verify(s_message, [0, .. good]));
        Assert.False(rsa.Verify(s_message, new byte[good.Length]));
        Assert.False(rsa.Verify(s_message, [.. Enumerable.Repeat((byte)0xFF, good.Length)]));
        // The same signature plus the modulus, where that fits: one signature has one spelling.
        var wide = Rsa(Pem(V.Rsa2049));
        var number = new BigInteger(Convert.FromHexString(V.Rsa2049Salt0), isUnsigned: true, isBigEndian: true);
        var beyond = (number + Modulus(V.Rsa2049Pkcs1)).ToByteArray(isUnsigned: true, isBigEndian: true);
        Assert.Equal(257, beyond.Length);
        Assert.False(wide.Verify(s_message, beyond));
    }

    [Theory]
    [InlineData("ecdsa", P256, V.P256Even, V.P256EvenPoint, V.P256EvenCompressed, V.P256EvenSignature)]
    [InlineData(P256, P256, V.P256Odd, V.P256OddPoint, V.P256OddCompressed, V.P256OddSignature)]
    [InlineData("ecdsa", P384, V.P384Even, V.P384EvenPoint, V.P384EvenCompressed, V.P384EvenSignature)]
    [InlineData(P384, P384, V.P384Odd, V.P384OddPoint, V.P384OddCompressed, V.P384OddSignature)]
    public void An_ecdsa_key_is_the_same_in_every_spelling(
        string type,
        string scheme,
        string pem,
        string point,
        string compressed,
        string signature
    )
    {
        PublicKey[] keys =
        [
            new(type, scheme, Pem(pem)),
            new(type, scheme, Pem(pem).ReplaceLineEndings("\r\n") + "\n"),
            new("ecdsa", scheme, point),
            new("ecdsa", scheme, point.ToUpperInvariant()),
            new(type, scheme, compressed),
        ];
        var bytes = Convert.FromHexString(signature);
        Assert.All(keys, key => Assert.True(key.Verify(s_message, bytes)));
        Assert.All(keys, key => Assert.False(key.Verify("another message"u8, bytes)));
        Assert.Single(keys.Select(key => key.Identity).Distinct());
        foreach (
            var wrong in (byte[][])
                [
                    [],
                    [0x30],
                    [0x30, 0],
                    bytes[..^1],
                    bytes[2..],
                    [.. bytes, 0],
                ]
        )
        {
            Assert.All(keys, key => Assert.False(key.Verify(s_message, wrong)));
        }

        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(keys[0].Verify(s_message, bytes));
            bytes[i] ^= 1;
        }
    }

    [Fact]
    public void An_rsa_key_is_the_same_in_both_forms_of_pem()
    {
        var pkcs1 = Rsa($"-----BEGIN RSA PUBLIC KEY-----\n{V.Rsa2048Pkcs1}\n-----END RSA PUBLIC KEY-----\n");
        Assert.True(pkcs1.Verify(s_message, Convert.FromHexString(V.Rsa2048Salt20)));
        Assert.Equal(Rsa(Pem(V.Rsa2048)).Identity, pkcs1.Identity);
        Assert.NotEqual(Rsa(Pem(V.Rsa2049)).Identity, pkcs1.Identity);
    }

    [Theory]
    [InlineData("ecdsa", P256, V.P384EvenPoint)]
    [InlineData("ecdsa", P384, V.P256EvenPoint)]
    [InlineData("ecdsa-sha2-nistp384", P256, V.P256EvenPoint)]
    [InlineData("ecdsa", "ecdsa-sha2-nistp521", V.P256EvenPoint)]
    [InlineData("rsa", P256, V.P256EvenPoint)]
    [InlineData("ecdsa", P256, "")]
    [InlineData("ecdsa", P256, "04")]
    [InlineData("ecdsa", P256, "zz")]
    [InlineData("ecdsa", P256, "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    [InlineData("ecdsa", P256, "-----BEGIN PUBLIC KEY-----\n" + V.Rsa2048 + "\n-----END PUBLIC KEY-----")]
    [InlineData("ecdsa", P256, "-----BEGIN PUBLIC KEY-----\n" + V.P384Odd + "\n-----END PUBLIC KEY-----")]
    [InlineData("rsa", "rsassa-pss-sha256", "-----BEGIN PUBLIC KEY-----\n" + V.P256Odd + "\n-----END PUBLIC KEY-----")]
    [InlineData("rsa", "rsassa-pss-sha256", "-----BEGIN PUBLIC KEY-----\n%%%%\n-----END PUBLIC KEY-----")]
    [InlineData("rsa", "rsassa-pss-sha256", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")]
    [InlineData(
        "rsa",
        "rsassa-pss-sha256",
        "-----BEGIN RSA PUBLIC KEY-----\nMAYCAQ8CAQM=\n-----END RSA PUBLIC KEY-----"
    )]
    [InlineData(
        "rsa",
        "rsassa-pkcs1v15-sha256",
        "-----BEGIN PUBLIC KEY-----\n" + V.Rsa2048 + "\n-----END PUBLIC KEY-----"
    )]
    public void A_key_that_cannot_be_read_is_carried_and_verifies_nothing(string type, string scheme, string value)
    {
        var key = new PublicKey(type, scheme, value);
        Assert.False(key.IsUsable);
        Assert.False(key.Verify(s_message, Convert.FromHexString(V.P256EvenSignature)));
        Assert.Equal(value, key.Value);
    }

    [Fact]
    public void A_point_that_is_not_on_the_curve_is_no_key()
    {
        var off = V.P256EvenPoint[..^1] + (V.P256EvenPoint[^1] == '0' ? '1' : '0');
        Assert.False(new PublicKey("ecdsa", P256, off).IsUsable);
        // About half of all x have no y.
        var without = Enumerable.Range(0, 20).Count(x => !new PublicKey("ecdsa", P256, $"02{x:x64}").IsUsable);
        Assert.InRange(without, 1, 19);
        Assert.False(new PublicKey("ecdsa", P256, "02" + new string('f', 64)).IsUsable);
        Assert.False(new PublicKey("ecdsa", P256, "04" + new string('0', 128)).IsUsable);
    }

    [Fact]
    public void One_key_in_pem_and_in_hexadecimal_counts_once()
    {
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var point = ec.ExportParameters(false).Q;
        var x = Convert.ToHexStringLower(point.X!);
        var keys = new Dictionary<string, PublicKey>(StringComparer.Ordinal)
        {
            ["pem"] = new("ecdsa", P256, ec.ExportSubjectPublicKeyInfoPem()),
            ["point"] = new(P256, P256, $"04{x}{Convert.ToHexStringLower(point.Y!)}"),
            ["compressed"] = new("ecdsa", P256, $"0{2 + (point.Y![^1] & 1)}{x}"),
        };
        var signature = ec.SignData("{}"u8, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        var signatures = string.Join(
            ',',
            keys.Keys.Select(id => $$"""{"keyid":"{{id}}","sig":"{{Convert.ToHexStringLower(signature)}}"}""")
        );
        var envelope = Envelope.Parse("x", Encoding.UTF8.GetBytes($$"""{"signed":{},"signatures":[{{signatures}}]}"""));
        var role = new RoleKeys(keys.Keys.ToHashSet(StringComparer.Ordinal), 1);
        Assert.Equal(3, envelope.Signatures.Count);
        Assert.Equal(1, role.CountValid(envelope, keys));
    }

    [Fact]
    public void A_key_of_an_unknown_type_needs_no_public_value()
    {
        var root = Encoding.UTF8.GetString(
            RootWithKey("""{"keytype":"oidc","scheme":"oidc","keyval":{"identity":"x"}}""")
        );
        Assert.False(RootMetadata.Parse(Envelope.Parse("root", Encoding.UTF8.GetBytes(root))).Keys["k"].IsUsable);
    }

    private static byte[] RootWithKey(string key)
    {
        var root = UpdateEngine.Tuf.Signing.MetadataDocument.NewRoot(
            1,
            new DateTimeOffset(2030, 1, 1, 0, 0, 0, default)
        );
        ((System.Text.Json.Nodes.JsonObject)root.Signed["keys"]!)["k"] = System.Text.Json.Nodes.JsonNode.Parse(key);
        return root.ToBytes();
    }

    private static PublicKey Rsa(string pem) => new("rsa", "rsassa-pss-sha256", pem);

    private static string Pem(string base64) => $"-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----";

    private static BigInteger Modulus(string pkcs1) =>
        new System.Formats.Asn1.AsnReader(Convert.FromBase64String(pkcs1), System.Formats.Asn1.AsnEncodingRules.DER)
            .ReadSequence()
            .ReadInteger();
}
