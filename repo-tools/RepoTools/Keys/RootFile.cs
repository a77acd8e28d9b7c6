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

    public static MetadataDocument Read(string path)
    {
        var bytes = Files.Read(path, new TufLimits().RootLength, "Make one with `repo-tools root create`.");
        try
        {
            var document = MetadataDocument.Parse(bytes);
            return string.Equals(document.Type, Roles.Root, StringComparison.Ordinal)
                ? document
                : throw Invalid(path, $"it is {document.Type} metadata");
        }
        catch (TufException e)
        {
            throw Invalid(path, e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Signs with keys that the root itself names for the root role; every signature is verified once it is made.</summary>
    public static void Sign(MetadataDocument root, string path, IReadOnlyList<(string File, ISigner Signer)> signers)
    {
        var named = root.ToRoot().Roles[Roles.Root].KeyIds;
        foreach (var (file, signer) in signers)
        {
            if (!named.Contains(signer.PublicKey.ComputeKeyId()))
            {
                throw new UpdateException(
                    ErrorCodes.KeyUnusable,
                    $"The key of {file} is not one of the root keys that {path} names.",
                    $"See `repo-tools root show {path}` for the keys that count."
                );
            }
            root.Sign(signer);
        }
    }

    /// <summary>How many distinct root keys have validly signed.</summary>
    public static int Valid(MetadataDocument root) => root.CountValidSignatures(root, Roles.Root);

    public static long Threshold(MetadataDocument root) => root.ToRoot().Roles[Roles.Root].Threshold;

    private static void Check(RoleGrant grant)
    {
        var distinct = grant.Keys.Select(k => k.ComputeKeyId()).Distinct(StringComparer.Ordinal).Count();
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
