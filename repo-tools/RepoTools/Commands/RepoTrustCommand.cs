using System.CommandLine;
using RepoTools.Publishing;

namespace RepoTools.Commands;

internal sealed record RepoTrustAnswer(string Repository, long First, long Newest);

internal sealed class RepoTrustCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _root = Inputs.File(
        "--root",
        "A root of the repository that you trust, from a safe place: not from the repository itself.",
        required: true
    );

    public RepoTrustCommand()
        : base(
            "trust",
            "Say which root you trust in a repository that came from elsewhere. The chain of its roots is walked from there and remembered in DIR/trust, which is not served.",
            "repo-tools repo trust repo --root root.json"
        )
    {
        Add(_directory);
        Add(_root);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = new Workspace(args.GetRequiredValue(_directory)) { Anchor = args.GetRequiredValue(_root) };
        Published.RequireRepository(workspace);
        // First without the lock: what is refused leaves no lock file either.
        _ = TrustedChain.Read(workspace);
        using var only = DryRun.IsAsked(args) ? null : PublisherLock.Take(workspace);
        var chain = TrustedChain.Read(workspace);
        if (only is not null)
        {
            chain.Pin(workspace);
        }

        var (first, newest) = (chain.Roots[0].Version, chain.Newest.Version);
        return Task.FromResult(
            DryRun.Print(
                args,
                new RepoTrustAnswer(workspace.Root, first, newest),
                AnswersJson.Default.RepoTrustAnswer,
                $"{workspace.Root}: root version {newest} is trusted, by way of version {first} in {workspace.Anchor}"
            )
        );
    }
}
