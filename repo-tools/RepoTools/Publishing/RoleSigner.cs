using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>
/// Signs a role's document with the keys that the root gives it, and insists on the threshold: what would not be accepted is not published. While
/// keys are being replaced there are two roots, the one that hosts have and the next, and both must be satisfied.
/// </summary>
internal static class RoleSigner
{
    /// <param name="roots">The newest published root, and the one that follows it if there is one already.</param>
    /// <param name="role">A top-level role.</param>
    /// <param name="document">What is signed.</param>
    /// <param name="keys">The keys that are here.</param>
    /// <param name="offline">Where signatures that were made elsewhere are found, and wanting ones noted; null refuses instead.</param>
    /// <returns>The document that was signed: <paramref name="document"/>, or what was signed of it elsewhere.</returns>
    public static MetadataDocument Sign(
        IReadOnlyList<MetadataDocument> roots,
        string role,
        MetadataDocument document,
        IReadOnlyList<SigningKey> keys,
        OfflineSignatures? offline = null
    )
    {
        if (offline is null)
        {
            document.ClearSignatures();
        }
        else
        {
            document = offline.Resume(role, document);
            RemoveStrangers(document, KeysOf(roots, role));
        }

        foreach (var key in keys)
        {
            SignOnce(document, key.Signer, IdsOf(roots, role, key.File, key.Signer.PublicKey));
        }

        foreach (var root in roots)
        {
            Require(root, role, document, offline);
        }

        return document;
    }

    /// <summary>Under which ids a signature of this key counts for a role.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.KeyUnusable"/> when it does not.</exception>
    public static IReadOnlyList<string> IdsOf(
        IReadOnlyList<MetadataDocument> roots,
        string role,
        string file,
        PublicKey key
    )
    {
        var ids = roots.SelectMany(root => root.KeyIdsOf(role, key)).Distinct(StringComparer.Ordinal).ToArray();
        if (ids.Length > 0)
        {
            return ids;
        }

        var named = roots.Count == 1 ? "does not name it" : $"does not name it, nor does version {roots[^1].Version}";
        throw new UpdateException(
            ErrorCodes.KeyUnusable,
            $"The key of {file} may not sign {role}: root version {roots[0].Version} {named}.",
            "See `repo-tools status` for the keys of each role."
        );
    }

    /// <summary>What came from elsewhere may carry anything; only what counts is published.</summary>
    public static void RemoveStrangers(MetadataDocument document, IEnumerable<(string Id, PublicKey Key)> counting)
    {
        var keys = counting.ToArray();
        foreach (var signature in document.Signatures)
        {
            if (!keys.Any(k => k.Id == signature.KeyId && document.IsSignedBy(k.Id, k.Key)))
            {
                document.RemoveSignature(signature.KeyId);
            }
        }
    }

    /// <summary>A signature that is there already stays: another one would be other bytes, and what names this file by its digest has been signed elsewhere.</summary>
    public static void SignOnce(MetadataDocument document, ISigner signer, IReadOnlyList<string> ids)
    {
        if (!ids.All(id => document.IsSignedBy(id, signer.PublicKey)))
        {
            document.Sign(signer, ids);
        }
    }

    private static IEnumerable<(string Id, PublicKey Key)> KeysOf(IReadOnlyList<MetadataDocument> roots, string role) =>
        roots
            .Select(root => root.ToRoot())
            .SelectMany(root => root.Roles[role].KeyIds.Where(root.Keys.ContainsKey).Select(id => (id, root.Keys[id])));

    private static void Require(
        MetadataDocument root,
        string role,
        MetadataDocument document,
        OfflineSignatures? offline
    )
    {
        var threshold = root.ToRoot().Roles[role].Threshold;
        var valid = document.CountValidSignatures(root, role);
        if (valid >= threshold)
        {
            return;
        }

        if (offline is not null)
        {
            offline.Wait(role, document, valid, threshold);
            return;
        }

        throw new UpdateException(
            ErrorCodes.SignaturesMissing,
            $"{role} has {valid} of {threshold} signatures by distinct keys of root version {root.Version}; nothing was published.",
            $"Give {DistinctKeys(threshold)} with --{role}-key."
        );
    }

    /// <summary>"a key of the role", or how many different ones.</summary>
    public static string DistinctKeys(long threshold) =>
        threshold == 1 ? "a key of the role" : $"{threshold} different keys of the role";
}
