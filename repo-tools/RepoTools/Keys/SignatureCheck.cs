using UpdateEngine;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Keys;

/// <summary>What a device or another program returns is believed once it has verified.</summary>
internal static class SignatureCheck
{
    public static byte[] Require(string name, PublicKey key, ReadOnlySpan<byte> message, byte[] signature) =>
        key.Verify(message, signature)
            ? signature
            : throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"{name} returned a signature that is not that of its own key ({key.ComputeKeyId()[..12]}); nothing was signed.",
                "Check that its private and its public half belong together."
            );
}
