using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>Ed25519 key files as openssl reads and writes them: a private key in PKCS #8, its public half as SubjectPublicKeyInfo, both PEM.</summary>
internal static class KeyFiles
{
    public const UnixFileMode PrivateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode PublicMode = PrivateMode | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Others = (UnixFileMode)0b000_111_111;

    /// <summary>Many times what a key takes; longer files are no keys.</summary>
    private const int MaxBytes = 16 * 1024;

    /// <summary>Writes <paramref name="path"/> (mode 0600) and its public half beside it; never overwrites a key.</summary>
    /// <returns>The public half and where it lies.</returns>
    public static (PublicKey Key, string PublicPath) Generate(string path)
    {
        var publicPath = PublicPathOf(path);
        if (File.Exists(path) || File.Exists(publicPath))
        {
            var there = File.Exists(path) ? path : publicPath;
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{there} exists already, and a key is never overwritten.",
                "Choose another name."
            );
        }
        using var signer = Ed25519Signer.Generate();
        Files.Write(path, System.Text.Encoding.ASCII.GetBytes(signer.ToPkcs8Pem()), PrivateMode);
        Files.Write(publicPath, System.Text.Encoding.ASCII.GetBytes(signer.PublicKey.ToSpkiPem()), PublicMode);
        return (signer.PublicKey, publicPath);
    }

    /// <summary>"root.pem" to "root.pub.pem".</summary>
    public static string PublicPathOf(string path) =>
        (path.EndsWith(".pem", StringComparison.Ordinal) ? path[..^4] : path) + ".pub.pem";

    /// <summary>The public key of a private or a public key file.</summary>
    public static PublicKey ReadPublic(string path)
    {
        var pem = ReadPem(path);
        if (!IsPrivate(pem))
        {
            return Guard(path, () => Ed25519Pem.FromSpkiPem(pem));
        }

        using var signer = ReadSigner(path);
        return signer.PublicKey;
    }

    public static Ed25519Signer ReadSigner(string path)
    {
        var pem = ReadPem(path);
        if (!IsPrivate(pem))
        {
            throw Unusable(path, "it holds no private key", "Give the file with the private key to sign with.");
        }

        return Guard(path, () => Ed25519Signer.FromPkcs8Pem(pem));
    }

    public static bool IsPrivate(string pem) => pem.Contains("PRIVATE KEY", StringComparison.Ordinal);

    /// <summary>True when others than its owner may read a private key.</summary>
    public static bool IsExposed(string path) =>
        IsPrivate(ReadPem(path)) && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None;

    private static string ReadPem(string path)
    {
        var bytes = Files.Read(path, MaxBytes, "Make a key with `repo-tools key generate`.");
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    private static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is TufException or FormatException)
        {
            throw Unusable(
                path,
                e.Message.TrimEnd('.'),
                "Give an unencrypted ed25519 key in PEM, as `repo-tools key generate` writes it.",
                e
            );
        }
    }

    private static UpdateException Unusable(string path, string why, string next, Exception? inner = null) =>
        new(ErrorCodes.KeyUnusable, $"{path} can't be used as a key: {why}.", next, inner);
}
