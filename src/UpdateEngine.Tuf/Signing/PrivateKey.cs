using System.Formats.Asn1;
using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Metadata.Keys;

namespace UpdateEngine.Tuf.Signing;

/// <summary>A private key in memory, read and written as openssl does (PKCS #8, RFC 5958). One class a primitive.</summary>
public abstract class PrivateKey : ISigner, IDisposable
{
    internal const string PemLabel = "PRIVATE KEY";

    private protected PrivateKey() { }

    public abstract PublicKey PublicKey { get; }

    public abstract byte[] Sign(ReadOnlySpan<byte> message);

    /// <summary>The key in DER, not encrypted: the caller overwrites it after use.</summary>
    public abstract byte[] ToPkcs8();

    public abstract void Dispose();

    public static PrivateKey Generate(KeyKind kind) =>
        kind switch
        {
            KeyKind.Ed25519 => Ed25519Signer.Generate(),
            KeyKind.EcdsaP256 => EcdsaSigner.Generate(EllipticCurve.P256),
            KeyKind.EcdsaP384 => EcdsaSigner.Generate(EllipticCurve.P384),
            KeyKind.Rsa3072 => RsaSigner.Generate(3072),
            KeyKind.Rsa4096 => RsaSigner.Generate(4096),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };

    /// <exception cref="MetadataMalformedException">Not an unencrypted key in PKCS #8 form, or of a kind that signs nothing here.</exception>
    public static PrivateKey FromPkcs8(ReadOnlyMemory<byte> der)
    {
        try
        {
            return AlgorithmOf(der) switch
            {
                Ed25519Signer.Oid => Ed25519Signer.Read(der),
                SubjectPublicKeyInfo.EcOid => EcdsaSigner.Read(der.Span),
                SubjectPublicKeyInfo.RsaOid => RsaSigner.Read(der.Span),
                var oid => throw new MetadataMalformedException(
                    "The private key",
                    $"its algorithm {oid} is not Ed25519, ECDSA or RSA."
                ),
            };
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            throw new MetadataMalformedException("The private key", "it is not in PKCS #8 form.", error);
        }
    }

    /// <summary>Text before the PEM block is passed over.</summary>
    /// <exception cref="MetadataMalformedException">As <see cref="FromPkcs8"/>.</exception>
    public static PrivateKey FromPkcs8Pem(ReadOnlySpan<char> pem)
    {
        var der = PublicKeyPem.Decode(pem, PemLabel);
        try
        {
            return FromPkcs8(der);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>The private key, not encrypted: the caller writes it with mode 0600.</summary>
    public string ToPkcs8Pem()
    {
        var der = ToPkcs8();
        try
        {
            return PemEncoding.WriteString(PemLabel, der) + "\n";
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>The algorithm of a structure that is a private key from its first byte to its last.</summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    internal static string AlgorithmOf(ReadOnlyMemory<byte> der)
    {
        // RFC 5958, section 2: version, algorithm, private key; attributes and public key may follow.
        var outer = new AsnReader(der, AsnEncodingRules.BER);
        var key = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        key.ReadInteger();
        var oid = key.ReadSequence().ReadObjectIdentifier();
        key.PeekTag();
        return oid;
    }
}
