using System.Formats.Asn1;
using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Native;

namespace UpdateEngine.Tuf.Signing;

/// <summary>An Ed25519 private key (RFC 8032); its PKCS #8 form is that of RFC 8410.</summary>
public sealed class Ed25519Signer : PrivateKey
{
    internal const string Oid = "1.3.101.112";
    private readonly byte[] _seed;

    private Ed25519Signer(byte[] seed)
    {
        _seed = seed;
        PublicKey = PublicKey.FromEd25519(Sodium.PublicKeyOf(seed));
    }

    public override PublicKey PublicKey { get; }

    public static Ed25519Signer Generate() => new(Sodium.RandomSeed());

    /// <param name="seed">The 32 bytes that RFC 8032 calls the private key.</param>
    public static Ed25519Signer FromSeed(ReadOnlySpan<byte> seed) => new(seed.ToArray());

    public override byte[] ToPkcs8()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(0);
            WriteAlgorithm(writer);
            using (writer.PushOctetString())
            {
                writer.WriteOctetString(_seed);
            }
        }

        return writer.Encode();
    }

    public override byte[] Sign(ReadOnlySpan<byte> message) => Sodium.Sign(_seed, message);

    public override void Dispose() => CryptographicOperations.ZeroMemory(_seed);

    /// <exception cref="AsnContentException">Not a key in PKCS #8 form.</exception>
    internal static Ed25519Signer Read(ReadOnlyMemory<byte> der)
    {
        var key = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        key.ReadInteger();
        key.ReadSequence();
        // RFC 8410, section 7: the private key is an octet string within the octet string.
        var seed = new AsnReader(key.ReadOctetString(), AsnEncodingRules.DER).ReadOctetString();
        return seed.Length == Sodium.SeedLength
            ? new Ed25519Signer(seed)
            : throw new MetadataMalformedException("The private key", "an Ed25519 key has 32 bytes.");
    }

    internal static void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oid);
        }
    }
}
