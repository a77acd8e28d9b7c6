using RepoTools.Keys;
using RepoTools.Publishing;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Images;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Moving;

/// <summary>
/// A repository under a root that does not follow from its own: everything that is published is taken over as verified, and signed anew. Delegated roles
/// stay as they are, because their keys are named by targets and not by the root. Nothing is visible to anybody before all of it is signed, and what was
/// cut off is completed by the next run.
/// </summary>
/// <param name="source">Opened with <see cref="NoExpiry"/>.</param>
/// <param name="plan">All of it.</param>
/// <param name="root">The new root.</param>
/// <param name="path">Its file, for messages.</param>
internal sealed class Transfer(VerifiedRepository source, CopyPlan plan, MetadataDocument root, string path)
{
    /// <exception cref="UpdateException">The new root can't be used, or the new repository is there already.</exception>
    public void Require(Workspace target, DateTimeOffset now, bool force)
    {
        var old = MetadataDocument.Parse(plan.Newest.Bytes);
        RootRules.RequireSigned(root, path, null);
        RootRules.Require(RootRules.Content(root.ToRoot(), now), force);
        if (root.Version == old.Version + 1 && RootPublisher.IsSignedBy(old, Roles.Root, root))
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{path} follows from root version {old.Version} of {source.Address.Text}: hosts take it by themselves, and need no new trust anchor.",
                $"Install it with `repo-tools root publish REPO {path}`."
            );
        }

        if (root.Version <= old.Version && !force)
        {
            throw new UpdateException(
                ErrorCodes.RootUnsafe,
                $"{path} is version {root.Version}, and the old repository is at root version {old.Version}: a host that gets the new trust anchor and keeps its state would take it for a step back.",
                $"Run `repo-tools root set-version {path} {old.Version + 1}` and sign it again, or insist with --force if no host keeps its state."
            );
        }

        RequireNew(target);
    }

    /// <summary>Keys that would not do are found out before anything is copied.</summary>
    public void RequireKeys(SigningPlan keys)
    {
        foreach (var (role, document) in OldDocuments())
        {
            RoleSigner.Sign(
                [root],
                role,
                document,
                role switch
                {
                    Roles.Targets => keys.Targets,
                    Roles.Snapshot => keys.Snapshot,
                    _ => keys.Timestamp,
                }
            );
        }
    }

    /// <summary>The files, still under their old signatures, and a note of what they are: the next step signs exactly that.</summary>
    public async Task<CopyResult> CopyAsync(
        Workspace target,
        bool skipMissing,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var served = new CopiedFile(CopyPlan.PathOfRoot(root.Version), root.ToBytes());
        var taken = plan with { Roots = [served], Newest = served };
        using var destination = DirectoryDestination.ForWriting(target);
        Directory.CreateDirectory(target.Draft);
        Files.Write(target.PinnedRoot(root.Version), root.ToBytes());
        CarriedOver.Write(target, OldDocuments());
        return await new Copier(source, destination, skipMissing).RunAsync(taken, progress, cancel);
    }

    /// <summary>Signs what was copied, with versions that go on.</summary>
    public RoleVersions Sign(Workspace target, SigningPlan keys, TimeProvider time)
    {
        var versions = new Publisher(target, time).Publish(keys);
        // They have only ever been on their way here.
        foreach (var left in (CopiedFile[])[plan.Targets, plan.Snapshot])
        {
            DurableFile.Delete(Path.Combine(target.Root, left.Path));
        }

        return versions;
    }

    private IEnumerable<(string Role, MetadataDocument Document)> OldDocuments() =>
        new[]
        {
            (Roles.Targets, plan.Targets),
            (Roles.Snapshot, plan.Snapshot),
            (Roles.Timestamp, plan.Timestamp),
        }.Select(file => (file.Item1, MetadataDocument.Parse(file.Item2.Bytes)));

    private void RequireNew(Workspace target)
    {
        var newest = target.HighestVersion(Roles.Root);
        var isOurs =
            newest == 0
            || (
                newest == root.Version
                && TrustedChain.AreSame(RootFile.Read(target.Versioned(Roles.Root, newest)), root)
                && !IsSigned(target)
            );
        if (!isOurs)
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{target.Root} is a repository already.",
                "Choose another directory."
            );
        }
    }

    private bool IsSigned(Workspace target) =>
        File.Exists(target.Timestamp)
        && RootPublisher.IsSignedBy(
            root,
            Roles.Timestamp,
            MetadataDocument.Parse(Files.Read(target.Timestamp, new TufLimits().TimestampLength, Published.Damaged))
        );
}
