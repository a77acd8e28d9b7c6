using System.Formats.Asn1;
using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Native;

namespace UpdateEngine.Tuf.Signing;

/// <summary>Ed25519 public keys as SubjectPublicKeyInfo in PEM (RFC 8410, section 4): what <c>openssl pkey -pubout</c> writes.</summary>
public static class Ed25519Pem
{
    private const string PublicLabel = "PUBLIC KEY";
    private const string Ed25519Oid = "1.3.101.112";

    /// <exception cref="NotSupportedException">The key is not an Ed25519 key.</exception>
    public static string ToSpkiPem(this PublicKey key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteAlgorithm(writer);
            writer.WriteBitString(key.ToEd25519());
        }

        return PemEncoding.WriteString(PublicLabel, writer.Encode()) + "\n";
    }

    /// <exception cref="MetadataMalformedException">Not an Ed25519 key in this form.</exception>
    public static PublicKey FromSpkiPem(ReadOnlySpan<char> pem)
    {
        try
        {
            var info = new AsnReader(Decode(pem, PublicLabel), AsnEncodingRules.DER).ReadSequence();
            ReadAlgorithm(info);
            var key = info.ReadBitString(out var unused);
            return key.Length == Sodium.PublicKeyLength && unused == 0
                ? PublicKey.FromEd25519(key)
                : throw new MetadataMalformedException("The public key", "an Ed25519 key has 32 bytes.");
        }
        catch (AsnContentException error)
        {
            throw new MetadataMalformedException("The public key", "it is not a SubjectPublicKeyInfo.", error);
        }
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

    internal static void ReadAlgorithm(AsnReader reader)
    {
        var oid = reader.ReadSequence().ReadObjectIdentifier();
        if (!string.Equals(oid, Ed25519Oid, StringComparison.Ordinal))
        {
            throw new MetadataMalformedException("The key file", $"its algorithm is {oid}, not Ed25519.");
        }
    }

    internal static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Ed25519Oid);
        }
    }
}
