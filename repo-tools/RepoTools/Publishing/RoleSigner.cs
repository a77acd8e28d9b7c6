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
        var view = root.ToRoot();
        document.ClearSignatures();
        foreach (var key in keys)
        {
            if (!view.Roles[role].KeyIds.Contains(key.Signer.PublicKey.ComputeKeyId()))
            {
                throw new UpdateException(
                    ErrorCodes.KeyUnusable,
                    $"The key of {key.File} may not sign {role}: root version {view.Version} does not name it.",
                    "See `repo-tools status` for the keys of each role."
                );
            }
            document.Sign(key.Signer);
        }
        Require(root, role, document);
    }

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
