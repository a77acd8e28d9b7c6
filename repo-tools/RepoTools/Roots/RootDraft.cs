using RepoTools.Commands;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Roots;

/// <summary>
/// A root that is being edited. One that is signed completely may be trusted by hosts already, so an edit of it starts the next version, with a
/// fresh expiry; one that is not is a draft, and stays the version that it is. Every edit removes the signatures: they no longer verify.
/// </summary>
internal sealed class RootDraft
{
    public static readonly TimeSpan StandardLife = TimeSpan.FromDays(365);

    private RootDraft(MetadataDocument document, long? startedFrom, int removed)
    {
        Document = document;
        StartedFrom = startedFrom;
        RemovedSignatures = removed;
    }

    public MetadataDocument Document { get; }

    /// <summary>The complete version that this one follows; null when the version stayed.</summary>
    public long? StartedFrom { get; }

    public int RemovedSignatures { get; }

    /// <param name="root">Changed.</param>
    /// <param name="now">For the fresh expiry, which is never earlier than the one that was there.</param>
    /// <param name="keepVersion">The version stays even if the root is complete: it was not given to anybody yet.</param>
    public static RootDraft Open(MetadataDocument root, DateTimeOffset now, bool keepVersion = false)
    {
        var isComplete = IsComplete(root);
        var removed = root.Signatures.Count;
        root.ClearSignatures();
        if (!isComplete || keepVersion)
        {
            return new RootDraft(root, null, removed);
        }

        var from = root.Version;
        root.SetVersion(checked(from + 1));
        var fresh = (now + StandardLife).ToSecond();
        if (fresh > root.Expires)
        {
            root.SetExpires(fresh);
        }

        return new RootDraft(root, from, removed);
    }

    public static bool IsComplete(MetadataDocument root) =>
        root.CountValidSignatures(root, Roles.Root) >= root.ToRoot().Roles[Roles.Root].Threshold;

    public string AddKey(string role, PublicKey key)
    {
        if (Document.KeyIdsOf(role, key) is [var known, ..])
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"The role {role} has the key {known} already.",
                "Nothing was changed."
            );
        }

        return Document.AddKey(role, key);
    }

    /// <returns>The roles that had it.</returns>
    public IReadOnlyList<string> RemoveKey(IReadOnlyList<string> roles, IReadOnlyList<string> keyIds)
    {
        // Each id of each role: no short cut at the first.
        var had = roles
            .Where(role => keyIds.Aggregate(false, (any, id) => Document.RemoveKey(role, id) || any))
            .ToArray();
        return had.Length > 0
            ? had
            : throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"No role of {string.Join(", ", roles)} has the key {string.Join(", ", keyIds)}.",
                "See `repo-tools root show` for who may sign what."
            );
    }

    /// <summary>Puts a key in the place of another, in each of <paramref name="roles"/> that has it; thresholds stay.</summary>
    /// <returns>The id of the new key, and the roles.</returns>
    public (string KeyId, IReadOnlyList<string> Roles) Rotate(
        IReadOnlyList<string> roles,
        IReadOnlyList<string> oldIds,
        PublicKey replacement
    )
    {
        var had = RemoveKey(roles, oldIds);
        var id = "";
        foreach (var role in had)
        {
            id = AddKey(role, replacement);
        }

        return (id, had);
    }

    /// <summary>The ids under which the root has a key.</summary>
    public IReadOnlyList<string> Find(PublicKey key)
    {
        var ids = Document
            .ToRoot()
            .Keys.Where(k => string.Equals(k.Value.Identity, key.Identity, StringComparison.Ordinal))
            .Select(k => k.Key)
            .ToArray();
        return ids.Length > 0
            ? ids
            : throw new UpdateException(
                ErrorCodes.KeyUnusable,
                $"The root does not have the key {key.ComputeKeyId()}.",
                "See `repo-tools root show` for who may sign what."
            );
    }

    /// <summary>The id that begins so; null when none does, or several do.</summary>
    /// <param name="start">At least <see cref="ShortestIdPrefix"/> letters.</param>
    public string? FindById(string start)
    {
        if (start.Length < ShortestIdPrefix)
        {
            return null;
        }

        var found = Document
            .ToRoot()
            .Roles.Values.SelectMany(r => r.KeyIds)
            .Distinct(StringComparer.Ordinal)
            .Where(id => id.StartsWith(start, StringComparison.Ordinal))
            .ToArray();
        return found.Length == 1 ? found[0] : null;
    }

    /// <summary>So that a file's name is hardly ever one.</summary>
    public const int ShortestIdPrefix = 8;
}
