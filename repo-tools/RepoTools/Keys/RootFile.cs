using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>Which keys get a role, and how many of them must sign.</summary>
internal sealed record RoleGrant(string Role, IReadOnlyList<PublicKey> Keys, int Threshold);

/// <summary>Root metadata in a file of its own: made, signed at one or several places, then installed in a repository.</summary>
internal static class RootFile
{
    public static MetadataDocument Create(IReadOnlyList<RoleGrant> grants, DateTimeOffset expires)
    {
        var root = MetadataDocument.NewRoot(1, expires);
        foreach (var grant in grants)
        {
            Check(grant);
            foreach (var key in grant.Keys)
            {
                root.AddKey(grant.Role, key);
            }

            root.SetThreshold(grant.Role, grant.Threshold);
        }
        return root;
    }

    public static MetadataDocument Read(string path) => Parse(ReadBytes(path), path);

    /// <summary>Not looked at yet.</summary>
    public static byte[] ReadBytes(string path) =>
        Files.Read(path, new TufLimits().RootLength, "Make one with `repo-tools root create`.");

    /// <param name="bytes">The file.</param>
    /// <param name="path">For messages.</param>
    public static MetadataDocument Parse(byte[] bytes, string path)
    {
        try
        {
            var document = MetadataDocument.Parse(bytes);
            return string.Equals(document.Type, Roles.Root, StringComparison.Ordinal)
                ? document
                : throw Invalid(path, $"it is {document.Type} metadata");
        }
        catch (TufException e)
        {
            throw Invalid(path, TufFaults.Why(e), e);
        }
    }

    /// <summary>
    /// Signs with root keys of the document itself, and with those of the root before it, which must agree to it. Every signature is verified once it
    /// is made.
    /// </summary>
    /// <param name="root">Changed.</param>
    /// <param name="path">For messages.</param>
    /// <param name="previous">The root of the version before; null for the first one.</param>
    /// <param name="signers">Each with its file, for messages.</param>
    public static void Sign(
        MetadataDocument root,
        string path,
        MetadataDocument? previous,
        IReadOnlyList<(string File, ISigner Signer)> signers
    )
    {
        foreach (var (file, signer) in signers)
        {
            root.Sign(signer, SigningIds(root, path, previous, file, signer.PublicKey));
        }
    }

    /// <summary>Under which ids a signature of this key counts: the new root's, and the old root's where it differs.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.KeyUnusable"/> when it counts nowhere.</exception>
    public static IReadOnlyList<string> SigningIds(
        MetadataDocument root,
        string path,
        MetadataDocument? previous,
        string file,
        PublicKey key
    )
    {
        var ids = root.KeyIdsOf(Roles.Root, key)
            .Concat(previous?.KeyIdsOf(Roles.Root, key) ?? [])
            .Distinct(StringComparer.Ordinal)
            .ToArray();
        if (ids.Length > 0)
        {
            return ids;
        }

        var nor = previous is null ? "" : $", nor of version {previous.Version}";
        var hint = previous is null ? " For a key of the old root give that root with --previous." : "";
        throw new UpdateException(
            ErrorCodes.KeyUnusable,
            $"The key of {file} is not one of the root keys that {path} names{nor}.",
            $"See `repo-tools root show {path}` for the keys that count.{hint}"
        );
    }

    /// <summary>What hosts may have already is never changed where it lies.</summary>
    public static void RequireNotPublished(string path)
    {
        var full = Path.GetFullPath(path);
        var isServed = string.Equals(
            Path.GetFileName(Path.GetDirectoryName(full)),
            "metadata",
            StringComparison.Ordinal
        );
        var parts = Path.GetFileName(full).Split('.');
        if (isServed && parts is [var version, "root", "json"] && version.All(char.IsAsciiDigit))
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{path} is a published root; hosts may have it already, so it is never changed.",
                "Give --out for the new version, and install it with `repo-tools root publish`."
            );
        }
    }

    /// <summary>How many distinct root keys have validly signed.</summary>
    public static int Valid(MetadataDocument root) => root.CountValidSignatures(root, Roles.Root);

    public static long Threshold(MetadataDocument root) => root.ToRoot().Roles[Roles.Root].Threshold;

    private static void Check(RoleGrant grant)
    {
        var distinct = grant.Keys.Select(k => k.Identity).Distinct(StringComparer.Ordinal).Count();
        if (grant.Threshold > distinct)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"The threshold of {grant.Role} is {grant.Threshold}, but it has {distinct} distinct key(s), so nothing could ever be signed.",
                $"Give more --{grant.Role}-key options or a lower --{grant.Role}-threshold."
            );
        }
        if (grant.Threshold < 1)
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"The threshold of {grant.Role} is {grant.Threshold}.",
                "It must be 1 or more."
            );
        }
    }

    private static UpdateException Invalid(string path, string why, Exception? inner = null) =>
        new(
            ErrorCodes.RepositoryInvalid,
            $"{path} is not usable root metadata: {why}.",
            "Make one with `repo-tools root create`.",
            inner
        );
}
