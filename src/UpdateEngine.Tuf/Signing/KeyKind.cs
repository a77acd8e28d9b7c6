namespace UpdateEngine.Tuf.Signing;

/// <summary>Which kind of key is made. Each is known to other TUF tools by the scheme that stands beside it.</summary>
public enum KeyKind
{
    /// <summary>ed25519</summary>
    Ed25519,

    /// <summary>ecdsa-sha2-nistp256</summary>
    EcdsaP256,

    /// <summary>ecdsa-sha2-nistp384</summary>
    EcdsaP384,

    /// <summary>rsassa-pss-sha256, a modulus of 3072 bits</summary>
    Rsa3072,

    /// <summary>rsassa-pss-sha256, a modulus of 4096 bits</summary>
    Rsa4096,
}
