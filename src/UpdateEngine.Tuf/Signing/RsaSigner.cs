using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Signing;

/// <summary>An RSA private key that signs by RSASSA-PSS (RFC 8017, section 8.1) with SHA-256 and a salt as long as the digest.</summary>
internal sealed class RsaSigner : PrivateKey
{
    private readonly RSA _key;

    private RsaSigner(RSA key)
    {
        _key = key;
        PublicKey = PublicKeyPem.FromSpki(key.ExportSubjectPublicKeyInfo());
    }

    public override PublicKey PublicKey { get; }

    public static RsaSigner Generate(int bits) => new(RSA.Create(bits));

    /// <exception cref="CryptographicException">Not a key in PKCS #8 form.</exception>
    public static RsaSigner Read(ReadOnlySpan<byte> der)
    {
        var key = RSA.Create();
        try
        {
            key.ImportPkcs8PrivateKey(der, out _);
            return new RsaSigner(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    public override byte[] Sign(ReadOnlySpan<byte> message) =>
        _key.SignData(message, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);

    public override byte[] ToPkcs8() => _key.ExportPkcs8PrivateKey();

    public override void Dispose() => _key.Dispose();
}
