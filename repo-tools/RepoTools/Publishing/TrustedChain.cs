using RepoTools.Keys;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Publishing;

/// <summary>
/// The roots of a repository, from the one that the publisher trusts on: walked by the rules of a host (specification 5.3), because whoever can
/// write to what is served could otherwise put a root of his own there, and have his keys accepted.
/// </summary>
/// <param name="Roots">Oldest first, at least one.</param>
internal sealed record TrustedChain(IReadOnlyList<MetadataDocument> Roots)
{
    /// <summary>A root file that is the trust anchor for every command, where a workspace does not say its own.</summary>
    public const string Variable = "REPO_TOOLS_TRUST";

    public MetadataDocument Newest => Roots[^1];

    /// <exception cref="UpdateException"><see cref="ErrorCodes.RootUntrusted"/>, <see cref="ErrorCodes.TrustMissing"/>; <see cref="ErrorCodes.ConfigurationInvalid"/> for an anchor that is damaged.</exception>
    public static TrustedChain Read(Workspace workspace)
    {
        var pinned = workspace.PinnedVersions();
        var anchor = AnchorOf(workspace, pinned);
        var bytes = ReadAnchor(anchor);
        var session = Open(bytes, anchor);
        var roots = new List<MetadataDocument> { RootFile.Parse(bytes, anchor) };
        while (workspace.Versioned(Roles.Root, session.Root.Version + 1) is var path && File.Exists(path))
        {
            bytes = Files.Read(path, new TufLimits().RootLength, "Restore it from a copy.");
            Follow(session, path, bytes);
            roots.Add(RootFile.Parse(bytes, path));
        }

        RequireComplete(workspace, session.Root.Version);
        RequireSame(workspace, session.Root.Version, anchor, roots[0].Version);
        foreach (var version in pinned)
        {
            RequireSame(workspace, session.Root.Version, workspace.PinnedRoot(version), version);
        }

        return new TrustedChain(roots);
    }

    /// <summary>Remembers the chain beside what is served, so that no root of it can be replaced or taken away unnoticed.</summary>
    public void Pin(Workspace workspace)
    {
        foreach (var root in Roots)
        {
            var pin = workspace.PinnedRoot(root.Version);
            if (!File.Exists(pin) && File.Exists(workspace.Versioned(Roles.Root, root.Version)))
            {
                Files.Write(pin, root.ToBytes());
            }
        }
    }

    /// <summary>Refuses what a host would refuse of the next root.</summary>
    public void RequireFollows(MetadataDocument next, string path)
    {
        // The last root alone is the anchor: the way to it was walked already.
        var session = new TrustedMetadata(Newest.ToBytes(), DateTimeOffset.MinValue, new TufLimits());
        Follow(session, path, next.ToBytes());
    }

    public static bool AreSame(MetadataDocument one, MetadataDocument other) =>
        one.ToSignedPayload().AsSpan().SequenceEqual(other.ToSignedPayload());

    /// <summary>The bytes of the root where the chain of a workspace begins.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.TrustMissing"/>.</exception>
    public static byte[] ReadAnchor(Workspace workspace) => ReadAnchor(AnchorOf(workspace, workspace.PinnedVersions()));

    public static byte[] ReadAnchor(string path) =>
        Files.Read(path, new TufLimits().RootLength, "Give the root that you trust.");

    /// <summary>The file that was said to be trusted, on the command line or by the environment; null where neither says one.</summary>
    public static string? Given(string? option)
    {
        var given = option ?? Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(given) ? null : given;
    }

    private static string AnchorOf(Workspace workspace, IReadOnlyList<long> pinned)
    {
        if (Given(workspace.Anchor) is { } given)
        {
            return given;
        }

        if (pinned.Count > 0)
        {
            return workspace.PinnedRoot(pinned[0]);
        }

        // `repo trust` follows the roots that are there: a copy that is yet to be made has none.
        var once =
            workspace.HighestVersion(Roles.Root) > 0
                ? $"Say it once with `repo-tools repo trust {workspace.Root} --root FILE`, or give --trust FILE or {Variable}"
                : $"Give --trust FILE or {Variable}";
        throw new UpdateException(
            ErrorCodes.TrustMissing,
            $"It is not known which root you trust in {workspace.Root}: there is nothing in {workspace.Trust}.",
            $"{once}; the file is a root, such as root.json, that came to you another way than the repository."
        );
    }

    private static TrustedMetadata Open(byte[] bytes, string anchor)
    {
        try
        {
            return new TrustedMetadata(bytes, DateTimeOffset.MinValue, new TufLimits());
        }
        catch (TufException e)
        {
            throw new UpdateException(
                // A damaged file is one matter, a root that nobody has signed another.
                e is MetadataMalformedException
                    ? ErrorCodes.ConfigurationInvalid
                    : ErrorCodes.RootUntrusted,
                $"{anchor} is no root that could be trusted: {TufFaults.Why(e)}.",
                "Give the root that you trust, with all its signatures; if it lies in the repository's trust directory, restore it from a copy.",
                e
            );
        }
    }

    private static void Follow(TrustedMetadata session, string path, byte[] bytes)
    {
        var trusted = session.Root.Version;
        try
        {
            session.AddRoot(bytes);
        }
        catch (TufException e)
        {
            throw new UpdateException(
                ErrorCodes.RootUntrusted,
                $"{path} does not follow from root version {trusted}, which you trust: {e.Message}",
                "No host would follow it. If somebody put it there, restore the repository from a copy.",
                e
            );
        }
    }

    private static void RequireComplete(Workspace workspace, long newest)
    {
        var highest = workspace.HighestVersion(Roles.Root);
        if (highest > newest)
        {
            throw new UpdateException(
                ErrorCodes.RootUntrusted,
                $"{workspace.Metadata} has root version {highest}, but not {newest + 1}, so no host would come to it.",
                "Restore the missing file from a copy of the repository."
            );
        }
    }

    /// <summary>What is trusted must be what is served; only signatures may differ.</summary>
    private static void RequireSame(Workspace workspace, long newest, string trusted, long version)
    {
        var served = workspace.Versioned(Roles.Root, version);
        if (!File.Exists(served))
        {
            // An anchor from before the repository was made; hosts never asked for it here.
            if (workspace.PinnedVersions().Contains(version) || newest <= version)
            {
                throw Restore($"{served} is missing, but root version {version} is trusted here", trusted, served);
            }

            return;
        }

        if (!AreSame(RootFile.Read(served), RootFile.Read(trusted)))
        {
            throw Restore($"{served} is not the root version {version} that you trust", trusted, served);
        }
    }

    private static UpdateException Restore(string what, string trusted, string served) =>
        new(
            ErrorCodes.RootUntrusted,
            $"{what} ({trusted}): somebody replaced it, or the repository is an old copy.",
            $"Restore the repository from a copy, or this file alone with `cp {trusted} {served}`."
        );
}
