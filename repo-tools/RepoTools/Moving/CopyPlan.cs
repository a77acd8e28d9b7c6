using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Moving;

/// <summary>A metadata file as it was signed.</summary>
/// <param name="Path">Below the repository, with slashes.</param>
internal sealed record CopiedFile(string Path, byte[] Bytes);

/// <summary>
/// Everything that a copy of a repository consists of, in the order in which it has to appear: what names a file comes after it. All metadata of it is
/// verified.
/// </summary>
/// <param name="Selected">The targets, and what is left out of them.</param>
/// <param name="Delegated">Delegated roles.</param>
/// <param name="Targets">N.targets.json.</param>
/// <param name="Snapshot">N.snapshot.json.</param>
/// <param name="Roots">
/// The trusted one and those that follow, then what lies before it, newest first: at no moment is there a root that the trusted one does not lead to.
/// They come just before the timestamp, because hosts that follow a new root may not accept what its former keys have signed.
/// </param>
/// <param name="Timestamp">What makes all of it visible.</param>
internal sealed record CopyPlan(
    Selected Selected,
    IReadOnlyList<CopiedFile> Delegated,
    CopiedFile Targets,
    CopiedFile Snapshot,
    IReadOnlyList<CopiedFile> Roots,
    CopiedFile Timestamp
)
{
    private static readonly Workspace s_below = new("");

    /// <summary>The newest root.</summary>
    public required CopiedFile Newest { get; init; }

    /// <summary>What is left out without having been asked for, one sentence each.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>What has to be durable before the next of them appears.</summary>
    public IEnumerable<IReadOnlyList<CopiedFile>> Stages => [Delegated, [Targets], [Snapshot], Roots];

    /// <summary>Where the files of a target lie, below the repository.</summary>
    public static string PathOf(TargetFile target) =>
        s_below.Target(new TargetName(target.Name).Value, Published.Sha256Of(target));

    public static string PathOfRoot(long version) => s_below.Versioned(Roles.Root, version);

    /// <summary>Reads and verifies what is wanted of a repository, but for the targets themselves.</summary>
    public static async Task<CopyPlan> ReadAsync(
        VerifiedRepository repository,
        byte[] anchor,
        CopySelection selection,
        CancellationToken cancel
    )
    {
        RequireConsistent(repository);
        var roles = await repository.LoadRolesAsync(cancel);
        var (found, remarks) = await FindTargetsAsync(repository, roles, cancel);
        AddFormerRoles(repository, roles, remarks);
        var manifest = selection == CopySelection.Everything ? null : await repository.FindManifestAsync(cancel);
        var versions = repository.Versions;
        CopiedFile Of(string role, long version) => new(s_below.Versioned(role, version), repository.BytesOf(role));
        var roots = await ReadRootsAsync(repository, anchor, remarks, cancel);
        return new CopyPlan(
            selection.Choose(manifest, found),
            [.. roles.Select(role => Of(role.Role, role.Metadata.Version))],
            Of(Roles.Targets, versions.TargetsVersion),
            Of(Roles.Snapshot, versions.SnapshotVersion),
            roots,
            new CopiedFile(s_below.Timestamp, repository.BytesOf(Roles.Timestamp))
        )
        {
            Newest = roots.Single(root => root.Path == PathOfRoot(versions.RootVersion)),
            Remarks = remarks,
        };
    }

    private static void RequireConsistent(VerifiedRepository repository)
    {
        if (!repository.Client.Root.ConsistentSnapshot)
        {
            throw new UpdateException(
                ErrorCodes.StepNotAllowed,
                $"{repository.Address.Text} has no consistent snapshots: its files have no versions in their names, so no copy could go from the old state to the new in one step.",
                "Its publisher can change that with a new root."
            );
        }
    }

    /// <summary>By the rules of a search: what no host would find is nobody's to carry about.</summary>
    private static async Task<(List<TargetFile> Found, List<string> Remarks)> FindTargetsAsync(
        VerifiedRepository repository,
        IReadOnlyList<(string Role, TargetsMetadata Metadata)> roles,
        CancellationToken cancel
    )
    {
        var names = roles
            .SelectMany(role => role.Metadata.Targets.Keys)
            .Concat(repository.Client.Targets!.Targets.Keys)
            .ToHashSet(StringComparer.Ordinal);
        var found = new List<TargetFile>(names.Count);
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            if (await FindAsync(repository, name, cancel) is { } target)
            {
                found.Add(target);
            }
        }

        var lost = names.Count - found.Count;
        return (found, lost == 0 ? [] : [$"{lost} targets that no host would find by the delegations are left out."]);
    }

    /// <summary>The snapshot lists them for ever; their files nobody can verify, since nobody says whose keys they have.</summary>
    private static void AddFormerRoles(
        VerifiedRepository repository,
        IReadOnlyList<(string Role, TargetsMetadata Metadata)> roles,
        List<string> remarks
    )
    {
        var loaded = roles.Select(role => role.Role).Append(Roles.Targets).ToHashSet(StringComparer.Ordinal);
        string[] former =
        [
            .. repository
                .Client.Snapshot!.Meta.Keys.Select(PublishedRoles.RoleOf)
                .Where(role => !loaded.Contains(role))
                .Order(StringComparer.Ordinal),
        ];
        if (former.Length > 0)
        {
            remarks.Add(
                $"{former.Length} role(s) to which nobody delegates any more are left out: {NameList.Some(former)}."
            );
        }
    }

    private static async Task<TargetFile?> FindAsync(
        VerifiedRepository repository,
        string name,
        CancellationToken cancel
    )
    {
        try
        {
            return await repository.Client.FindTargetAsync(new TargetName(name), cancel);
        }
        catch (TufException error) when (error is MetadataMalformedException or NotFoundException)
        {
            // A name that nobody may ask for, or more roles to ask than any host asks.
            return null;
        }
    }

    private static async Task<IReadOnlyList<CopiedFile>> ReadRootsAsync(
        VerifiedRepository repository,
        byte[] anchor,
        List<string> remarks,
        CancellationToken cancel
    )
    {
        var trusted = RootFile.Parse(anchor, "the trusted root");
        var first = trusted.Version;
        var roots = new List<CopiedFile> { await ReadTrustedAsync(repository, trusted, anchor, cancel) };
        for (var version = first + 1; version <= repository.Versions.RootVersion; version++)
        {
            roots.Add(new CopiedFile(PathOfRoot(version), repository.BytesOfRoot(version)));
        }

        var former = await ReadFormerAsync(repository, first, cancel);
        if (former.Count > 0 && !LeadsTo(former, anchor))
        {
            remarks.Add($"The roots before version {first} are left out: they do not lead to the one that you trust.");
            return roots;
        }

        return [.. roots, .. former];
    }

    /// <summary>As the repository has it: its signatures may be others than those of the file that we trust.</summary>
    private static async Task<CopiedFile> ReadTrustedAsync(
        VerifiedRepository repository,
        MetadataDocument trusted,
        byte[] anchor,
        CancellationToken cancel
    )
    {
        var path = PathOfRoot(trusted.Version);
        var served = await repository.FindFileAsync(path, new TufLimits().RootLength, cancel);
        return served is not null && IsSame(served) ? new CopiedFile(path, served) : new CopiedFile(path, anchor);

        bool IsSame(byte[] bytes)
        {
            try
            {
                var root = MetadataDocument.Parse(bytes);
                return TrustedChain.AreSame(root, trusted) && RootPublisher.IsSignedBy(root, Roles.Root, root);
            }
            catch (TufException)
            {
                return false;
            }
        }
    }

    /// <summary>For hosts whose trust anchor is older than ours; newest first.</summary>
    private static async Task<List<CopiedFile>> ReadFormerAsync(
        VerifiedRepository repository,
        long first,
        CancellationToken cancel
    )
    {
        var former = new List<CopiedFile>();
        for (var version = first - 1; version > 0; version--)
        {
            var path = PathOfRoot(version);
            if (await repository.FindFileAsync(path, new TufLimits().RootLength, cancel) is not { } bytes)
            {
                break;
            }

            former.Add(new CopiedFile(path, bytes));
        }

        return former;
    }

    private static bool LeadsTo(List<CopiedFile> former, byte[] anchor)
    {
        try
        {
            var session = new TrustedMetadata(former[^1].Bytes, DateTimeOffset.MinValue, new TufLimits());
            foreach (var root in former.AsEnumerable().Reverse().Skip(1))
            {
                session.AddRoot(root.Bytes);
            }

            session.AddRoot(anchor);
            return true;
        }
        catch (TufException)
        {
            return false;
        }
    }
}
