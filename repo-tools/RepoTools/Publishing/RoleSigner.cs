using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>Signs a role's document with the keys that the root gives it, and insists on the threshold: what would not be accepted is not published.</summary>
internal static class RoleSigner
{
    public static void Sign(
        MetadataDocument root,
        string role,
        MetadataDocument document,
        IReadOnlyList<SigningKey> keys
    )
    {
        document.ClearSignatures();
        foreach (var key in keys)
        {
            document.Sign(key.Signer, IdsOf(root, role, key.File, key.Signer.PublicKey));
        }
        Require(root, role, document);
    }

    /// <summary>Under which ids a signature of this key counts for a role.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.KeyUnusable"/> when it does not.</exception>
    public static IReadOnlyList<string> IdsOf(MetadataDocument root, string role, string file, PublicKey key) =>
        root.KeyIdsOf(role, key) is { Count: > 0 } ids
            ? ids
            : throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"The key of {file} may not sign {role}: root version {root.Version} does not name it.",
                "See `repo-tools status` for the keys of each role."
            );

    private static void Require(MetadataDocument root, string role, MetadataDocument document)
    {
        var threshold = root.ToRoot().Roles[role].Threshold;
        var valid = document.CountValidSignatures(root, role);
        if (valid < threshold)
        {
            throw new UpdateException(
                ErrorCodes.SignaturesMissing,
                $"{role} has {valid} of {threshold} signatures by distinct keys; nothing was published.",
                $"Give {threshold} different keys with --{role}-key."
            );
        }
    }
}
