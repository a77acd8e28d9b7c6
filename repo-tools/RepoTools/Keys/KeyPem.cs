using System.Security.Cryptography;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>A key as PEM text, wherever the text came from.</summary>
internal sealed class KeyPem
{
    /// <summary>Before the PEM block, where readers pass over it (RFC 7468, section 2); both halves have it.</summary>
    public const string TestMark = "# Test key: repo-tools signs with it only where --allow-test-keys is given.";

    private const string Private = "PRIVATE KEY";

    private readonly string _name;
    private readonly string _text;
    private readonly string _label;

    /// <param name="name">Where it came from, for messages.</param>
    /// <param name="text">What was found there.</param>
    public KeyPem(string name, string text)
    {
        _name = name;
        _text = text;
        _label = PemEncoding.TryFind(text, out var fields) ? text[fields.Label] : "";
    }

    public bool IsPrivate => _label.EndsWith(Private, StringComparison.Ordinal);

    public bool IsEncrypted => _label == EncryptedPkcs8.PemLabel;

    /// <summary>Made with `key generate --test`.</summary>
    public bool IsTest => _text.Split('\n').Any(line => line.StartsWith("# Test key", StringComparison.Ordinal));

    public static string Mark(string pem, bool isTest) => isTest ? $"{TestMark}\n{pem}" : pem;

    /// <summary>The file of a public half.</summary>
    public static string PublicText(FoundKey found) => Mark(found.Key.ToSpkiPem(), found.IsTest);

    /// <summary>Of either half.</summary>
    public PublicKey ReadPublic(Passphrases passphrases)
    {
        if (!IsPrivate)
        {
            return Guard(() => PublicKeyPem.FromSpkiPem(_text));
        }

        using var key = ReadPrivate(passphrases);
        return key.PublicKey;
    }

    /// <param name="passphrases">Asked only when the key is encrypted.</param>
    public PrivateKey ReadPrivate(Passphrases passphrases)
    {
        if (IsEncrypted)
        {
            return Decrypt(passphrases);
        }

        return _label switch
        {
            Private => Guard(() => PrivateKey.FromPkcs8Pem(_text)),
            "RSA PRIVATE KEY" or "EC PRIVATE KEY" or "EC PARAMETERS" => throw Unusable(
                $"it is in openssl's older form '{_label}'",
                $"Convert it: openssl pkcs8 -topk8 -in {_name} -out NEW.pem"
            ),
            _ => throw Unusable("it holds no private key", "Give the file with the private key to sign with."),
        };
    }

    private PrivateKey Decrypt(Passphrases passphrases)
    {
        // Damage is told before anybody is asked for a passphrase.
        var encrypted = Guard(() => EncryptedPkcs8.Parse(_text));
        var passphrase = passphrases.Of(_name);
        var der =
            encrypted.TryDecrypt(passphrase.Text)
            ?? throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"The passphrase of {_name} is wrong.",
                $"It came from {passphrase.Origin}."
            );
        try
        {
            return Guard(() => PrivateKey.FromPkcs8(der));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(der);
        }
    }

    private T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is TufException or FormatException)
        {
            throw Unusable(
                e is TufException refused ? TufFaults.Why(refused) : e.Message.TrimEnd('.'),
                "Give an Ed25519, ECDSA or RSA key in PEM, as `repo-tools key generate` writes it.",
                e
            );
        }
    }

    private UpdateException Unusable(string why, string next, Exception? inner = null) =>
        new(ErrorCodes.KeyUnusable, $"{_name} can't be used as a key: {why}.", next, inner);
}
