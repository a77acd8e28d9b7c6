using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using RepoTools.Roots;
using UpdateEngine;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

internal sealed record RepoCreateAnswer(string Repository, long RootVersion);

internal sealed class RepoCreateCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _root = Inputs.File(
        "--root",
        "Root metadata, signed by as many root keys as it asks for.",
        required: true
    );

    private readonly Option<bool> _force = RootInputs.Force();

    public RepoCreateCommand(TimeProvider time)
        : base(
            "create",
            "Make a repository. Hosts get the same root metadata in their image as their trust anchor.",
            "repo-tools repo create repo --root root.json"
        )
    {
        _time = time;
        Add(_directory);
        Add(_root);
        Add(_force);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = new Workspace(args.GetRequiredValue(_directory));
        var path = args.GetRequiredValue(_root);
        var root = RootFile.Read(path);
        var (valid, threshold) = (RootFile.Valid(root), RootFile.Threshold(root));
        if (valid < threshold)
        {
            throw new UpdateException(
                ErrorCodes.SignaturesMissing,
                $"{path} has {valid} of {threshold} signatures by distinct root keys.",
                $"Sign it with `repo-tools root sign {path} --key KEY.pem`."
            );
        }
        RootRules.Require(RootRules.Content(root.ToRoot(), _time.GetUtcNow()), args.GetValue(_force));
        if (workspace.HighestVersion(Roles.Root) > 0 || IsPinnedOtherwise(workspace, root))
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{workspace.Root} is a repository already.",
                "Choose another directory."
            );
        }

        if (!DryRun.IsAsked(args))
        {
            Make(workspace, root);
        }

        return Task.FromResult(
            DryRun.Print(
                args,
                new RepoCreateAnswer(workspace.Root, root.Version),
                AnswersJson.Default.RepoCreateAnswer,
                $"{workspace.Root}: repository with root version {root.Version}",
                $"repo-tools release add {workspace.Root} ..."
            )
        );
    }

    private static void Make(Workspace workspace, MetadataDocument root)
    {
        foreach (var directory in (string[])[workspace.Metadata, workspace.Targets, workspace.Draft])
        {
            Directory.CreateDirectory(directory);
        }

        using var only = PublisherLock.Take(workspace);
        // The pin first: without the root beside it, it stands for nothing, and this can be run again.
        Files.Write(workspace.PinnedRoot(root.Version), root.ToBytes());
        Files.Write(workspace.Versioned(Roles.Root, root.Version), root.ToBytes());
    }

    /// <summary>A repository whose served files are lost is restored, not made again: hosts trust its roots.</summary>
    private static bool IsPinnedOtherwise(Workspace workspace, MetadataDocument root) =>
        workspace
            .PinnedVersions()
            .Any(version =>
                version != root.Version || !TrustedChain.AreSame(RootFile.Read(workspace.PinnedRoot(version)), root)
            );
}
