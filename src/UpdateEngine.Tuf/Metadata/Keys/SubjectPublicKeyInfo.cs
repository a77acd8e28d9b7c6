using System.Formats.Asn1;
using System.Security.Cryptography;

namespace UpdateEngine.Tuf.Metadata.Keys;

/// <summary>A public key in PEM: SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7), or PKCS #1 for RSA (RFC 8017, A.1.1).</summary>
/// <param name="Algorithm">Its object identifier.</param>
/// <param name="Curve">The object identifier of a named curve; null for other algorithms.</param>
/// <param name="Key">The content of the bit string, or the PKCS #1 structure.</param>
internal sealed record SubjectPublicKeyInfo(string Algorithm, string? Curve, byte[] Key)
{
    public const string RsaOid = "1.2.840.113549.1.1.1";
    public const string EcOid = "1.2.840.10045.2.1";

    /// <summary>Null when the text is not such a key.</summary>
    public static SubjectPublicKeyInfo? TryRead(string pem)
    {
        try
        {
            if (!PemEncoding.TryFind(pem, out var fields))
            {
                return null;
            }

            var der = Convert.FromBase64String(pem[fields.Base64Data]);
            return pem[fields.Label] switch
            {
                "RSA PUBLIC KEY" => new SubjectPublicKeyInfo(RsaOid, null, der),
                "PUBLIC KEY" => Read(der),
                _ => null,
            };
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    private static SubjectPublicKeyInfo? Read(byte[] der)
    {
        var outer = new AsnReader(der, AsnEncodingRules.DER);
        var info = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var identifier = info.ReadSequence();
        var algorithm = identifier.ReadObjectIdentifier();
        // A curve given by its parameters is not taken: whoever chooses them chooses the private key (CVE-2020-0601).
        var curve = algorithm is EcOid ? identifier.ReadObjectIdentifier() : null;
        var key = info.ReadBitString(out var unused);
        info.ThrowIfNotEmpty();
        return unused == 0 ? new SubjectPublicKeyInfo(algorithm, curve, key) : null;
    }
}
