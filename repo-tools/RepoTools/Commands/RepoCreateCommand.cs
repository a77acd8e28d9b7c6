using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed record RepoCreateAnswer(string Repository, long RootVersion);

internal sealed class RepoCreateCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _root = Inputs.File(
        "--root",
        "Root metadata, signed by as many root keys as it asks for.",
        required: true
    );

    public RepoCreateCommand()
        : base(
            "create",
            "Make a repository. Hosts get the same root metadata in their image as their trust anchor.",
            "repo-tools repo create repo --root root.json"
        )
    {
        Add(_directory);
        Add(_root);
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
        if (workspace.HighestVersion(Roles.Root) > 0)
        {
            throw new UpdateException(
                ErrorCodes.AlreadyExists,
                $"{workspace.Root} is a repository already.",
                "Choose another directory."
            );
        }

        foreach (var directory in (string[])[workspace.Metadata, workspace.Targets, workspace.Draft])
        {
            Directory.CreateDirectory(directory);
        }

        using var only = PublisherLock.Take(workspace);
        Files.Write(workspace.Versioned(Roles.Root, root.Version), root.ToBytes());
        var text =
            $"{workspace.Root}: repository with root version {root.Version}\nNext: repo-tools release add {workspace.Root} ...";
        return Task.FromResult(
            Answer.Print(
                args,
                new RepoCreateAnswer(workspace.Root, root.Version),
                AnswersJson.Default.RepoCreateAnswer,
                text
            )
        );
    }
}
