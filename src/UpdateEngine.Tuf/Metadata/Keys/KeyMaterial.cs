namespace UpdateEngine.Tuf.Metadata.Keys;

/// <summary>A public key that can be used here: one class a primitive.</summary>
internal abstract class KeyMaterial
{
    // In characters; the largest key that is taken has less than 3000. Looking for PEM costs the square of the text's length.
    private const int MaxLength = 16_384;

    /// <summary>Equal for the same key under whatever key id, key type and spelling: what a threshold counts.</summary>
    public abstract string Identity { get; }

    /// <summary>False for every signature that is not this key's over the message; never throws for one.</summary>
    public abstract bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature);

    /// <summary>
    /// Null where type, scheme or encoding is not known: such a key verifies nothing, and does no harm to the others of its role.
    /// </summary>
    /// <exception cref="MetadataMalformedException">An Ed25519 key, which has one encoding only, of another form.</exception>
    public static KeyMaterial? TryRead(string keyType, string scheme, string value) =>
        (keyType, scheme) switch
        {
            ("ed25519", "ed25519") => Ed25519Key.Read(value),
            _ when value.Length > MaxLength => null,
            ("rsa", "rsassa-pss-sha256") => RsaPssKey.TryRead(value),
            ("ecdsa" or "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256") => EcdsaKey.TryRead(EllipticCurve.P256, value),
            ("ecdsa" or "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384") => EcdsaKey.TryRead(EllipticCurve.P384, value),
            _ => null,
        };
}
