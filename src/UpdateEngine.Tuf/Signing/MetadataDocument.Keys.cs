using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Signing;

/// <summary>Keys by what they are. Ids are opaque: other tools compute them differently, and a document's own ids are the ones that count.</summary>
public sealed partial class MetadataDocument
{
    /// <summary>Root: under which ids a role has a public key; none when it may not sign for the role.</summary>
    public IReadOnlyList<string> KeyIdsOf(string role, PublicKey key)
    {
        var root = ToRoot();
        return
        [
            .. root.Roles[role].KeyIds.Where(id => root.Keys.TryGetValue(id, out var known) && AreSame(known, key)),
        ];
    }

    /// <summary>Whether the signature under this id is there, and this key's over this document.</summary>
    public bool IsSignedBy(string keyId, PublicKey key) =>
        Signatures.FirstOrDefault(s => string.Equals(s.KeyId, keyId, StringComparison.Ordinal)) is { } found
        && key.Verify(ToSignedPayload(), found.Bytes());

    private string? FindKey(PublicKey key) => ToRoot().Keys.FirstOrDefault(known => AreSame(known.Value, key)).Key;

    private static bool AreSame(PublicKey one, PublicKey other) =>
        string.Equals(one.Identity, other.Identity, StringComparison.Ordinal);
}
