using RepoTools.Publishing;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Moving;

/// <summary>
/// What a copy of a repository has already, as the memory of a client: what is not newer is refused, and what did not change is not asked for again.
/// The client verifies all of it; being in the copy makes nothing trusted.
/// </summary>
/// <param name="copy">Its roots begin with the trusted one, or there are none yet.</param>
internal sealed class CopyMemory(Workspace copy)
{
    /// <param name="store">Empty.</param>
    public void Recall(MetadataStore store)
    {
        if (copy.HighestVersion(Roles.Root) > 0)
        {
            foreach (var root in TrustedChain.Read(copy).Roots)
            {
                Copy(copy.Versioned(Roles.Root, root.Version), store.PathOfRoot(root.Version));
            }
        }

        if (!Copy(copy.Timestamp, store.PathOf(Roles.Timestamp)))
        {
            return;
        }

        try
        {
            var timestamp = TimestampMetadata.Parse(Read(Roles.Timestamp, copy.Timestamp));
            var path = copy.Versioned(Roles.Snapshot, timestamp.Snapshot.Version);
            if (Copy(path, store.PathOf(Roles.Snapshot)))
            {
                foreach (var (file, meta) in SnapshotMetadata.Parse(Read(Roles.Snapshot, path)).Meta)
                {
                    var role = PublishedRoles.RoleOf(file);
                    Copy(copy.Versioned(role, meta.Version), store.PathOf(role));
                }
            }
        }
        catch (TufException)
        {
            // Damaged: the client finds that out, too, and says it.
        }
    }

    private static Envelope Read(string role, string path) => Envelope.Parse(role, File.ReadAllBytes(path));

    /// <summary>Without a flush: the store does not outlive this process.</summary>
    private static bool Copy(string from, string to)
    {
        if (!File.Exists(from))
        {
            return false;
        }

        File.Copy(from, to);
        return true;
    }
}
