using RepoTools.Roots;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>The keys of a root, of the root before it, and of its signatures, one line each.</summary>
internal static class RootKeys
{
    public static IEnumerable<RootKey> Of(MetadataDocument root, MetadataDocument? previous)
    {
        var (view, old) = (root.ToRoot(), previous?.ToRoot());
        var oldRoot = old?.Roles[Roles.Root].KeyIds ?? new HashSet<string>(StringComparer.Ordinal);
        var signed = root.Signatures.Select(s => s.KeyId).ToHashSet(StringComparer.Ordinal);
        var ids = RootRules
            .TopLevel.SelectMany(r => view.Roles[r].KeyIds)
            .Concat(oldRoot)
            .Concat(root.Signatures.Select(s => s.KeyId))
            .Distinct(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            var roles = RootRules.TopLevel.Where(r => view.Roles[r].KeyIds.Contains(id)).ToList();
            if (oldRoot.Contains(id))
            {
                roles.Add("old root");
            }

            var key = view.Keys.GetValueOrDefault(id) ?? old?.Keys.GetValueOrDefault(id);
            var counts = roles.Contains(Roles.Root, StringComparer.Ordinal) || oldRoot.Contains(id);
            yield return new RootKey(id, Type(key), roles, State(id, key, counts));
        }

        string? State(string id, PublicKey? key, bool counts) =>
            (signed.Contains(id), counts) switch
            {
                (true, true) => key is not null && root.IsSignedBy(id, key) ? "valid" : "invalid",
                (true, false) => "does not count",
                (false, true) => "missing",
                (false, false) => null,
            };
    }

    private static string Type(PublicKey? key) =>
        key switch
        {
            null => "unknown",
            { IsUsable: false } => $"{key.KeyType} (can't be verified here)",
            _ => key.KeyType,
        };
}
