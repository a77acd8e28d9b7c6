using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using UpdateEngine.Tuf.Metadata.Keys;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// A public key as metadata holds it. A key of a type, scheme or encoding that is not known here is carried along and verifies nothing,
/// so that a role can move to new algorithms while older clients still count the old keys.
/// </summary>
public sealed record PublicKey
{
    private const string Ed25519 = "ed25519";
    private readonly Lazy<KeyMaterial?> _material;

    /// <exception cref="MetadataMalformedException">An Ed25519 key that is not 32 bytes of hexadecimal.</exception>
    public PublicKey(string keyType, string scheme, string value)
    {
        KeyType = keyType;
        Scheme = scheme;
        Value = value;
        // A delegator may name ten thousand keys, of which a handful sign; a point that must be decompressed takes a millisecond.
        _material = new Lazy<KeyMaterial?>(() => KeyMaterial.TryRead(keyType, scheme, value));
        if (keyType is Ed25519)
        {
            _ = _material.Value;
        }
    }

    public string KeyType { get; }

    public string Scheme { get; }

    /// <summary>Hexadecimal for Ed25519, PEM for RSA, either for ECDSA.</summary>
    public string Value { get; }

    /// <summary>False when the type, the scheme or the encoding is not known here.</summary>
    public bool IsUsable => _material.Value is not null;

    /// <summary>Equal for the same key material under whatever key id and spelling: what a threshold counts.</summary>
    public string Identity => _material.Value?.Identity ?? $"{KeyType} {Scheme} {Value}";

    public static PublicKey FromEd25519(ReadOnlySpan<byte> key) => new(Ed25519, Ed25519, Convert.ToHexStringLower(key));

    /// <summary>The raw 32 bytes of an Ed25519 key.</summary>
    /// <exception cref="NotSupportedException">The key is of another type.</exception>
    public byte[] ToEd25519() =>
        (_material.Value as Ed25519Key)?.Bytes.ToArray()
        ?? throw new NotSupportedException($"A key of type {KeyType} is not an Ed25519 key.");

    /// <summary>The key id that tools give a key: the SHA-256 of its canonical form. Readers treat key ids as opaque.</summary>
    public string ComputeKeyId()
    {
        var canonical = CanonicalJson.Encode(Encoding.UTF8.GetBytes(ToJson()));
        return Convert.ToHexStringLower(SHA256.HashData(canonical));
    }

    /// <summary>False for a signature that is wrong, and for every key that cannot be used here.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        _material.Value is { } material && material.Verify(message, signature);

    /// <summary>The key as a JSON object with keytype, scheme and keyval.public.</summary>
    public string ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteString("keytype", KeyType);
            json.WriteStartObject("keyval");
            json.WriteString("public", Value);
            json.WriteEndObject();
            json.WriteString("scheme", Scheme);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
