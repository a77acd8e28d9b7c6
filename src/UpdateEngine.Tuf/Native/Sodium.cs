using System.Runtime.InteropServices;

namespace UpdateEngine.Tuf.Native;

/// <summary>
/// Ed25519 (RFC 8032) by libsodium: 32-byte seeds and public keys, 64-byte signatures. The seam is as narrow as NSec's, so that the
/// package can replace this file.
/// </summary>
internal static partial class Sodium
{
    public const int SeedLength = 32;
    public const int PublicKeyLength = 32;
    public const int SignatureLength = 64;
    private const int SecretKeyLength = 64;
    private const string Library = "libsodium.so.23";

    private static volatile bool s_ready;

    /// <summary>Refuses non-canonical and small-order keys too; never throws for a bad signature.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        if (publicKey.Length != PublicKeyLength || signature.Length != SignatureLength)
        {
            return false;
        }

        EnsureReady();
        return crypto_sign_verify_detached(signature, message, (ulong)message.Length, publicKey) == 0;
    }

    public static byte[] Sign(ReadOnlySpan<byte> seed, ReadOnlySpan<byte> message)
    {
        Span<byte> secret = stackalloc byte[SecretKeyLength];
        Span<byte> publicKey = stackalloc byte[PublicKeyLength];
        ExpandSeed(seed, publicKey, secret);
        var signature = new byte[SignatureLength];
        var result = crypto_sign_detached(signature, out _, message, (ulong)message.Length, secret);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        return result == 0 ? signature : throw new CryptographyUnavailableException("libsodium could not sign.");
    }

    public static byte[] PublicKeyOf(ReadOnlySpan<byte> seed)
    {
        Span<byte> secret = stackalloc byte[SecretKeyLength];
        var publicKey = new byte[PublicKeyLength];
        ExpandSeed(seed, publicKey, secret);
        System.Security.Cryptography.CryptographicOperations.ZeroMemory(secret);
        return publicKey;
    }

    public static byte[] RandomSeed()
    {
        EnsureReady();
        var seed = new byte[SeedLength];
        randombytes_buf(seed, SeedLength);
        return seed;
    }

    private static void ExpandSeed(ReadOnlySpan<byte> seed, Span<byte> publicKey, Span<byte> secret)
    {
        if (seed.Length != SeedLength)
        {
            throw new ArgumentException($"A seed has {SeedLength} bytes.", nameof(seed));
        }

        EnsureReady();
        if (crypto_sign_seed_keypair(publicKey, secret, seed) != 0)
        {
            throw new CryptographyUnavailableException("libsodium could not make a key pair.");
        }
    }

    private static void EnsureReady()
    {
        if (s_ready)
        {
            return;
        }

        try
        {
            // Safe to call from several threads, and again: it answers 1 then.
            if (sodium_init() < 0)
            {
                throw new CryptographyUnavailableException("libsodium could not be initialised.");
            }

            CheckSizes();
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new CryptographyUnavailableException($"{Library} cannot be loaded: install libsodium23.", error);
        }

        s_ready = true;
    }

    // The buffers above are sized by constants; another library under the same name must not write past them.
    private static void CheckSizes()
    {
        if (
            crypto_sign_publickeybytes() != PublicKeyLength
            || crypto_sign_bytes() != SignatureLength
            || crypto_sign_seedbytes() != SeedLength
            || crypto_sign_secretkeybytes() != SecretKeyLength
        )
        {
            throw new CryptographyUnavailableException($"{Library} has other key sizes than Ed25519's.");
        }
    }

    [LibraryImport(Library)]
    private static partial int sodium_init();

    [LibraryImport(Library)]
    private static partial nuint crypto_sign_publickeybytes();

    [LibraryImport(Library)]
    private static partial nuint crypto_sign_secretkeybytes();

    [LibraryImport(Library)]
    private static partial nuint crypto_sign_seedbytes();

    [LibraryImport(Library)]
    private static partial nuint crypto_sign_bytes();

    [LibraryImport(Library)]
    private static partial int crypto_sign_verify_detached(
        ReadOnlySpan<byte> signature,
        ReadOnlySpan<byte> message,
        ulong messageLength,
        ReadOnlySpan<byte> publicKey
    );

    [LibraryImport(Library)]
    private static partial int crypto_sign_detached(
        Span<byte> signature,
        out ulong signatureLength,
        ReadOnlySpan<byte> message,
        ulong messageLength,
        ReadOnlySpan<byte> secretKey
    );

    [LibraryImport(Library)]
    private static partial int crypto_sign_seed_keypair(
        Span<byte> publicKey,
        Span<byte> secretKey,
        ReadOnlySpan<byte> seed
    );

    [LibraryImport(Library)]
    private static partial void randombytes_buf(Span<byte> buffer, nuint length);
}
