using System.Formats.Asn1;
using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Metadata.Keys;
using UpdateEngine.Tuf.Native;

namespace UpdateEngine.Tuf.Signing;

/// <summary>
/// Public keys as SubjectPublicKeyInfo in PEM: what <c>openssl pkey -pubout</c> writes, and for RSA and ECDSA the text in metadata, letter by
/// letter as securesystemslib writes it, so that a key has the same id there and here.
/// </summary>
public static class PublicKeyPem
{
    private const string Label = "PUBLIC KEY";

    /// <exception cref="NotSupportedException">The key has another form, such as a point in hexadecimal.</exception>
    public static string ToSpkiPem(this PublicKey key)
    {
        if (key.Value.StartsWith("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal))
        {
            return key.Value;
        }

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            Ed25519Signer.WriteAlgorithm(writer);
            writer.WriteBitString(key.ToEd25519());
        }

        return Write(writer.Encode());
    }

    /// <summary>Text before the PEM block is passed over.</summary>
    /// <exception cref="MetadataMalformedException">Not a public key in this form, or of a kind that verifies nothing here.</exception>
    public static PublicKey FromSpkiPem(ReadOnlySpan<char> pem) => FromSpki(Decode(pem, Label));

    /// <exception cref="MetadataMalformedException">As <see cref="FromSpkiPem"/>.</exception>
    public static PublicKey FromSpki(byte[] der)
    {
        var pem = Write(der);
        var info =
            SubjectPublicKeyInfo.TryRead(pem)
            ?? throw new MetadataMalformedException("The public key", "it is not a SubjectPublicKeyInfo.");
        var key = (info.Algorithm, info.Curve) switch
        {
            (Ed25519Signer.Oid, _) when info.Key.Length == Sodium.PublicKeyLength => PublicKey.FromEd25519(info.Key),
            (SubjectPublicKeyInfo.RsaOid, _) => new PublicKey("rsa", "rsassa-pss-sha256", pem),
            (SubjectPublicKeyInfo.EcOid, EllipticCurve.P256Oid) => Ecdsa(EllipticCurve.P256, pem),
            (SubjectPublicKeyInfo.EcOid, EllipticCurve.P384Oid) => Ecdsa(EllipticCurve.P384, pem),
            (SubjectPublicKeyInfo.EcOid, var curve) => throw new MetadataMalformedException(
                "The public key",
                $"its curve {curve} is neither P-256 nor P-384."
            ),
            _ => throw new MetadataMalformedException(
                "The public key",
                $"its algorithm {info.Algorithm} is not Ed25519, ECDSA or RSA, or its length is wrong."
            ),
        };
        return key.IsUsable
            ? key
            : throw new MetadataMalformedException("The public key", "its size or its content is none that is used.");
    }

    internal static byte[] Decode(ReadOnlySpan<char> pem, string label)
    {
        if (!PemEncoding.TryFind(pem, out var fields))
        {
            throw new MetadataMalformedException("The key file", "it holds no PEM block.");
        }

        if (!pem[fields.Label].SequenceEqual(label))
        {
            throw new MetadataMalformedException("The key file", $"it holds '{pem[fields.Label]}', not '{label}'.");
        }

        return Convert.FromBase64String(pem[fields.Base64Data].ToString());
    }

    private static PublicKey Ecdsa(EllipticCurve curve, string pem) => new("ecdsa", $"ecdsa-sha2-{curve.Name}", pem);

    private static string Write(byte[] der) => PemEncoding.WriteString(Label, der) + "\n";
}
