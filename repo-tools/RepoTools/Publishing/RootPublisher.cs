using RepoTools.Keys;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>
/// Installs the next root in a repository. One rename makes it visible; before it, what is published now is noted as carried over, and after it the
/// root is pinned. A publisher that was killed anywhere leaves the old root or the new one, and the next command completes the rest.
/// </summary>
/// <param name="written">Told of each file, by its path, once it is there.</param>
internal sealed class RootPublisher(Workspace workspace, TimeProvider time, Action<string>? written = null)
{
    /// <summary>Everything but the writing.</summary>
    public bool IsDryRun { get; init; }

    /// <param name="root">The next root.</param>
    /// <param name="path">For messages.</param>
    /// <param name="force">Silences what can be forced.</param>
    /// <returns>The roles that must be signed anew before hosts accept the repository again.</returns>
    public IReadOnlyList<string> Install(MetadataDocument root, string path, bool force)
    {
        using var only = PublisherLock.ForChange(workspace, IsDryRun);
        var now = Published.Read(workspace);
        if (root.Version == now.Root.Version && TrustedChain.AreSame(root, now.Root))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{workspace.Root} has this root, version {root.Version}, already.",
                "There is nothing to do."
            );
        }

        RootRules.RequireSigned(root, path, now.Root);
        var anew = now.Documents.Where(d => !IsSignedBy(root, d.Role, d.Document)).Select(d => d.Role).ToArray();
        RootRules.Require([.. RootRules.Content(root.ToRoot(), time.GetUtcNow()), .. Gap(anew, path)], force);
        now.Chain.RequireFollows(root, path);
        // Under the old root for the last time: what its keys sign from now on is nothing to build on.
        now.RequireSigned();
        if (!IsDryRun)
        {
            now.Chain.Pin(workspace);
            CarriedOver.Write(workspace, now);
            written?.Invoke(workspace.Carried);
            Write(workspace.Versioned(Roles.Root, root.Version), root);
            Write(workspace.PinnedRoot(root.Version), root);
        }

        return anew;
    }

    /// <summary>From the moment when this root is visible, hosts judge by it.</summary>
    private static IEnumerable<RootFault> Gap(string[] anew, string path)
    {
        if (anew.Length > 0)
        {
            yield return new RootFault(
                $"The keys of {path} have not signed what is published of {string.Join(", ", anew)}, so hosts would refuse the repository until the next `publish`.",
                $"First run `repo-tools publish` with --next-root {path}, the old keys and the new ones; where an old key is lost or stolen, publish right after this.",
                CanForce: true
            );
        }
    }

    public static bool IsSignedBy(MetadataDocument root, string role, MetadataDocument document) =>
        document.CountValidSignatures(root, role) >= root.ToRoot().Roles[role].Threshold;

    private void Write(string path, MetadataDocument root)
    {
        Files.Write(path, root.ToBytes());
        written?.Invoke(path);
    }
}
