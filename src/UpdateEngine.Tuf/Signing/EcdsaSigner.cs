using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Metadata.Keys;

namespace UpdateEngine.Tuf.Signing;

/// <summary>An ECDSA private key (FIPS 186-5, section 6) on P-256 or P-384; signatures are DER sequences, as everywhere in TUF.</summary>
internal sealed class EcdsaSigner : PrivateKey
{
    private readonly ECDsa _key;
    private readonly HashAlgorithmName _digest;

    private EcdsaSigner(ECDsa key, EllipticCurve curve)
    {
        _key = key;
        _digest = curve.Digest;
        PublicKey = PublicKeyPem.FromSpki(key.ExportSubjectPublicKeyInfo());
    }

    public override PublicKey PublicKey { get; }

    public static EcdsaSigner Generate(EllipticCurve curve) => new(ECDsa.Create(curve.Curve), curve);

    /// <exception cref="CryptographicException">Not a key in PKCS #8 form.</exception>
    public static EcdsaSigner Read(ReadOnlySpan<byte> der)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportPkcs8PrivateKey(der, out _);
            // Null for a curve that is given by its parameters: whoever chooses them chooses the private key (CVE-2020-0601).
            var curve = key.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value switch
            {
                EllipticCurve.P256Oid => EllipticCurve.P256,
                EllipticCurve.P384Oid => EllipticCurve.P384,
                _ => throw new MetadataMalformedException(
                    "The private key",
                    "its curve is neither P-256 nor P-384 by name."
                ),
            };
            return new EcdsaSigner(key, curve);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public override byte[] Sign(ReadOnlySpan<byte> message) =>
        _key.SignData(message, _digest, DSASignatureFormat.Rfc3279DerSequence);

    public override byte[] ToPkcs8() => _key.ExportPkcs8PrivateKey();

    public override void Dispose() => _key.Dispose();
}
