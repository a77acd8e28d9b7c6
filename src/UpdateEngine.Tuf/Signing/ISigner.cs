using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Signing;

/// <summary>Something that signs with one private key: a key file, a token, a service.</summary>
public interface ISigner
{
    PublicKey PublicKey { get; }

    /// <summary>Signs the canonical form of a document's <c>signed</c> part.</summary>
    byte[] Sign(ReadOnlySpan<byte> message);
}
