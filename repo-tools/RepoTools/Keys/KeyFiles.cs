using System.Security.Cryptography;
using System.Text;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>What a new key file is to be.</summary>
/// <param name="Passphrase">Encrypts it; null for a key that is not encrypted.</param>
/// <param name="IsTest">Marks both halves.</param>
internal sealed record NewKey(KeyKind Kind, string? Passphrase, bool IsTest);

/// <summary>Key files as openssl reads and writes them: a private key in PKCS #8, its public half as SubjectPublicKeyInfo, both PEM.</summary>
internal static class KeyFiles
{
    public const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode PublicMode = PrivateMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Many times what a key takes; longer files are no keys.</summary>
    public const int MaxBytes = 64 * 1024;

    /// <summary>An ed25519 key, not encrypted.</summary>
    public static (PublicKey Key, string PublicPath) Generate(string path) =>
        Generate(path, new NewKey(KeyKind.Ed25519, null, false));

    /// <summary>Writes <paramref name="path"/> (mode 0600) and its public half beside it; never overwrites a key.</summary>
    /// <returns>The public half and where it lies.</returns>
    public static (PublicKey Key, string PublicPath) Generate(string path, NewKey wanted)
    {
        RequireNew(path);
        using var key = PrivateKey.Generate(wanted.Kind);
        Write(path, key, wanted);
        return (key.PublicKey, PublicPathOf(path));
    }

    /// <summary>Both halves of a new key. The private one decides: of two who make a key of the same name at once, the later is refused there.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public static void Write(string path, PrivateKey key, NewKey wanted)
    {
        var pem = PrivateText(key, wanted.Passphrase, wanted.IsTest);
        if (!Files.TryWriteNew(path, pem, PrivateMode))
        {
            throw Exists(path);
        }

        WritePublic(PublicPathOf(path), new FoundKey(key.PublicKey, wanted.IsTest));
    }

    /// <summary>Refuses names under which a key exists already.</summary>
    public static void RequireNew(string path)
    {
        var there = ((string[])[path, PublicPathOf(path)]).FirstOrDefault(File.Exists);
        if (there is not null)
        {
            throw Exists(there);
        }
    }

    /// <summary>
    /// Writes a private key anew, in one step and with mode 0600 from its first byte on: a reader finds the old form or the new one. Of a link it is the
    /// file behind it that is written, or the old form would stay there. What killed runs left beside it goes, too: it may be a key that is not encrypted.
    /// </summary>
    public static void Rewrite(string path, PrivateKey key, string? passphrase, bool isTest)
    {
        var file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        Files.Rewrite(file, PrivateText(key, passphrase, isTest), PrivateMode);
    }

    public static void WritePublic(string path, FoundKey key) =>
        Files.Write(path, Bytes(KeyPem.PublicText(key)), PublicMode);

    /// <summary>"root.pem" to "root.pub.pem".</summary>
    public static string PublicPathOf(string path) =>
        (path.EndsWith(".pem", StringComparison.Ordinal) ? path[..^4] : path) + ".pub.pem";

    /// <summary>Reads either half; warns of a private key that others may read.</summary>
    public static KeyPem Read(string path)
    {
        var pem = new KeyPem(
            path,
            Encoding.UTF8.GetString(Files.Read(path, MaxBytes, "Make a key with `repo-tools key generate`."))
        );
        if (pem.IsPrivate)
        {
            SecretText.WarnIfExposed(path, "private key");
        }

        return pem;
    }

    private static byte[] PrivateText(PrivateKey key, string? passphrase, bool isTest)
    {
        var der = key.ToPkcs8();
        try
        {
            var pem = passphrase is null ? key.ToPkcs8Pem() : EncryptedPkcs8.ToPem(der, passphrase);
            return Bytes(KeyPem.Mark(pem, isTest));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    private static UpdateException Exists(string path) =>
        new(
            ErrorCodes.AlreadyExists,
            $"{path} exists already, and a key is never overwritten.",
            "Choose another name."
        );

    private static byte[] Bytes(string pem) => Encoding.ASCII.GetBytes(pem);
}
