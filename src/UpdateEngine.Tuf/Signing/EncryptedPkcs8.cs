using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace UpdateEngine.Tuf.Signing;

/// <summary>
/// Private keys under a passphrase, as openssl reads and writes them: EncryptedPrivateKeyInfo (RFC 5958, section 3) by PBES2 (RFC 8018, section
/// 6.2) with PBKDF2 and AES-CBC. Written with HMAC-SHA-256 and AES-256; read with any digest and key length that openssl writes this way.
/// </summary>
public sealed class EncryptedPkcs8
{
    public const string PemLabel = "ENCRYPTED PRIVATE KEY";

    /// <summary>Of PBKDF2, for new files.</summary>
    public const int Iterations = 600_000;

    // Some seconds; a file that asks for more is damaged, or wants to keep us busy.
    private const int MaxIterations = 20_000_000;
    private const int SaltLength = 16;
    private const int BlockLength = 16;

    private const string Pbes2 = "1.2.840.113549.1.5.13";
    private const string Pbkdf2 = "1.2.840.113549.1.5.12";
    private const string HmacSha256 = "1.2.840.113549.2.9";
    private const string Aes256 = "2.16.840.1.101.3.4.1.42";

    private readonly byte[] _salt;
    private readonly int _iterations;
    private readonly HashAlgorithmName _digest;
    private readonly int _keyLength;
    private readonly byte[] _iv;
    private readonly byte[] _data;

    private EncryptedPkcs8(
        byte[] salt,
        int iterations,
        HashAlgorithmName digest,
        int keyLength,
        byte[] iv,
        byte[] data
    ) => (_salt, _iterations, _digest, _keyLength, _iv, _data) = (salt, iterations, digest, keyLength, iv, data);

    /// <param name="pkcs8">In DER.</param>
    /// <param name="passphrase">Its UTF-8 form is what counts.</param>
    public static string ToPem(ReadOnlySpan<byte> pkcs8, string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        var iv = RandomNumberGenerator.GetBytes(BlockLength);
        var key = Derive(passphrase, salt, Iterations, HashAlgorithmName.SHA256, 32);
        using var aes = Aes.Create();
        aes.Key = key;
        CryptographicOperations.ZeroMemory(key);

        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteAlgorithm(writer, salt, iv);
            writer.WriteOctetString(aes.EncryptCbc(pkcs8, iv));
        }

        return PemEncoding.WriteString(PemLabel, writer.Encode()) + "\n";
    }

    /// <summary>Text before the PEM block is passed over. Nothing is decrypted yet.</summary>
    /// <exception cref="MetadataMalformedException">Not such a file, or encrypted in another way.</exception>
    public static EncryptedPkcs8 Parse(ReadOnlySpan<char> pem)
    {
        try
        {
            var outer = new AsnReader(PublicKeyPem.Decode(pem, PemLabel), AsnEncodingRules.BER).ReadSequence();
            var scheme = outer.ReadSequence();
            Require(scheme.ReadObjectIdentifier(), Pbes2);
            var parameters = scheme.ReadSequence();
            var derivation = parameters.ReadSequence();
            Require(derivation.ReadObjectIdentifier(), Pbkdf2);
            var (salt, iterations, digest) = ReadPbkdf2(derivation.ReadSequence());
            var cipher = parameters.ReadSequence();
            var keyLength = KeyLength(cipher.ReadObjectIdentifier());
            var iv = cipher.ReadOctetString();
            return iv.Length == BlockLength
                ? new EncryptedPkcs8(salt, iterations, digest, keyLength, iv, outer.ReadOctetString())
                : throw Malformed("its initialisation vector has not 16 bytes.");
        }
        catch (AsnContentException error)
        {
            throw Malformed("it is not an EncryptedPrivateKeyInfo.", error);
        }
    }

    /// <summary>The key in DER, which the caller overwrites after use; null when the passphrase is not the right one.</summary>
    public byte[]? TryDecrypt(string passphrase)
    {
        using var aes = Aes.Create();
        var key = Derive(passphrase, _salt, _iterations, _digest, _keyLength);
        aes.Key = key;
        CryptographicOperations.ZeroMemory(key);
        try
        {
            var plain = aes.DecryptCbc(_data, _iv);
            // One wrong passphrase in 256 leaves a padding that looks right: what comes out must be a key as well.
            _ = PrivateKey.AlgorithmOf(plain);
            return plain;
        }
        catch (Exception error) when (error is CryptographicException or AsnContentException)
        {
            return null;
        }
    }

    // RFC 8018, appendix A.2: salt, iterations, length of the key (optional), function (HMAC-SHA-1 where it is left out).
    private static (byte[] Salt, int Iterations, HashAlgorithmName Digest) ReadPbkdf2(AsnReader reader)
    {
        var salt = reader.ReadOctetString();
        if (!reader.TryReadInt32(out var iterations) || iterations is < 1 or > MaxIterations)
        {
            throw Malformed($"its number of iterations is not between 1 and {MaxIterations}.");
        }

        if (reader.HasData && reader.PeekTag().HasSameClassAndValue(Asn1Tag.Integer))
        {
            reader.ReadInteger();
        }

        var digest = reader.HasData ? Digest(reader.ReadSequence().ReadObjectIdentifier()) : HashAlgorithmName.SHA1;
        return (salt, iterations, digest);
    }

    private static HashAlgorithmName Digest(string oid) =>
        oid switch
        {
            "1.2.840.113549.2.7" => HashAlgorithmName.SHA1,
            HmacSha256 => HashAlgorithmName.SHA256,
            "1.2.840.113549.2.10" => HashAlgorithmName.SHA384,
            "1.2.840.113549.2.11" => HashAlgorithmName.SHA512,
            _ => throw Unknown(oid),
        };

    /// <summary>In bytes.</summary>
    private static int KeyLength(string oid) =>
        oid switch
        {
            "2.16.840.1.101.3.4.1.2" => 16,
            "2.16.840.1.101.3.4.1.22" => 24,
            Aes256 => 32,
            _ => throw Unknown(oid),
        };

    private static void WriteAlgorithm(AsnWriter writer, byte[] salt, byte[] iv)
    {
        using var scheme = writer.PushSequence();
        writer.WriteObjectIdentifier(Pbes2);
        using var parameters = writer.PushSequence();
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Pbkdf2);
            using var derivation = writer.PushSequence();
            writer.WriteOctetString(salt);
            writer.WriteInteger(Iterations);
            using var function = writer.PushSequence();
            writer.WriteObjectIdentifier(HmacSha256);
            writer.WriteNull();
        }
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Aes256);
            writer.WriteOctetString(iv);
        }
    }

    private static byte[] Derive(string passphrase, byte[] salt, int iterations, HashAlgorithmName digest, int length)
    {
        var bytes = Encoding.UTF8.GetBytes(passphrase);
        try
        {
            return Rfc2898DeriveBytes.Pbkdf2(bytes, salt, iterations, digest, length);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Require(string oid, string expected)
    {
        if (oid != expected)
        {
            throw Unknown(oid);
        }
    }

    private static MetadataMalformedException Unknown(string oid) =>
        Malformed($"it is encrypted in a way that is not read here ({oid}); PBES2 with PBKDF2 and AES-CBC is.");

    private static MetadataMalformedException Malformed(string detail, Exception? inner = null) =>
        new("The encrypted key", detail, inner);
}
