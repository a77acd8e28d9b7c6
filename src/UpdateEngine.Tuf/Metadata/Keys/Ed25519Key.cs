using UpdateEngine.Tuf.Native;

namespace UpdateEngine.Tuf.Metadata.Keys;

/// <summary>Ed25519 (RFC 8032): 32 bytes, in hexadecimal.</summary>
internal sealed class Ed25519Key : KeyMaterial
{
    private readonly byte[] _key;

    private Ed25519Key(byte[] key) => _key = key;

    public ReadOnlySpan<byte> Bytes => _key;

    public override string Identity => $"ed25519 {Convert.ToHexStringLower(_key)}";

    public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Sodium.Verify(_key, message, signature);

    public static Ed25519Key Read(string value)
    {
        if (value.Length != 2 * Sodium.PublicKeyLength || !value.All(char.IsAsciiHexDigit))
        {
            throw new MetadataMalformedException("An Ed25519 key", "it is not 32 bytes of hexadecimal.");
        }

        return new Ed25519Key(Convert.FromHexString(value));
    }
}
