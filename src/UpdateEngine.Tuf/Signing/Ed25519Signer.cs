using System.Formats.Asn1;
using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Native;

namespace UpdateEngine.Tuf.Signing;

/// <summary>An Ed25519 private key in memory (RFC 8032), read and written as openssl does (PKCS #8, RFC 8410).</summary>
public sealed class Ed25519Signer : ISigner, IDisposable
{
    private const string PrivateLabel = "PRIVATE KEY";
    private readonly byte[] _seed;

    private Ed25519Signer(byte[] seed)
    {
        _seed = seed;
        PublicKey = PublicKey.FromEd25519(Sodium.PublicKeyOf(seed));
    }

    public PublicKey PublicKey { get; }

    public static Ed25519Signer Generate() => new(Sodium.RandomSeed());

    /// <param name="seed">The 32 bytes that RFC 8032 calls the private key.</param>
    public static Ed25519Signer FromSeed(ReadOnlySpan<byte> seed) => new(seed.ToArray());

    /// <exception cref="MetadataMalformedException">Not an unencrypted Ed25519 key in PKCS #8 form.</exception>
    public static Ed25519Signer FromPkcs8Pem(ReadOnlySpan<char> pem)
    {
        var der = Ed25519Pem.Decode(pem, PrivateLabel);
        try
        {
            // RFC 5958, section 2: version, algorithm, private key; attributes and public key may follow.
            var key = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            key.ReadInteger();
            Ed25519Pem.ReadAlgorithm(key);
            // RFC 8410, section 7: the private key is an octet string within the octet string.
            var seed = new AsnReader(key.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
            return seed.Length == Sodium.SeedLength
                ? new Ed25519Signer(seed)
                : throw new MetadataMalformedException("The private key", "an Ed25519 key has 32 bytes.");
        }
        catch (AsnContentException error)
        {
            throw new MetadataMalformedException("The private key", "it is not in PKCS #8 form.", error);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    /// <summary>The private key, not encrypted: the caller writes it with mode 0600.</summary>
    public string ToPkcs8Pem()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            Ed25519Pem.WriteAlgorithm(writer);
            using (writer.PushOctetString())
            {
                writer.WriteOctetString(_seed);
            }
        }

        return PemEncoding.WriteString(PrivateLabel, writer.Encode()) + "\n";
    }

    public byte[] Sign(ReadOnlySpan<byte> message) => Sodium.Sign(_seed, message);

    public void Dispose() => CryptographicOperations.ZeroMemory(_seed);
}
