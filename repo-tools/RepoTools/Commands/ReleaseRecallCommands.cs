using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed class ReleaseRecallCommand : ReleaseChangeCommand
{
    private readonly Option<string> _reason = Inputs.Line("--reason", "Why; hosts show it.", required: true);

    public ReleaseRecallCommand()
        : base(
            "recall",
            "Recall a release: nobody takes it any more, and hosts that run it go to the newest of the others. `restore` takes it back.",
            "repo-tools release recall repo --version 1.2.0 --reason \"Loses the network after a day\""
        ) => Add(_reason);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var reason = args.GetRequiredValue(_reason);
        var (release, after) = EditAll(args, (releases, release) => ReleaseEdits.Recall(releases, release, reason));
        var refuge = ReleaseEdits.Newest(after, release);
        if (refuge is null)
        {
            Answer.Note(
                $"Note: there is no other release for {ReleaseEdits.Family(release)}; hosts that run this one stay on it."
            );
        }

        return Report(args, release.ToString(), refuge is null ? "is recalled" : $"is recalled in favour of {refuge}");
    }
}

internal sealed class ReleaseRestoreCommand : ReleaseChangeCommand
{
    public ReleaseRestoreCommand()
        : base(
            "restore",
            "Take a recall back: hosts may take the release again, when their wave is open and it is not on their deny list.",
            "repo-tools release restore repo --version 1.2.0"
        ) { }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (release, after) = EditAll(args, ReleaseEdits.Restore);
        return Report(args, release.ToString(), $"is no longer recalled, and max_version is {MaxOf(after, release)}");
    }

    private static SemanticVersion MaxOf(IReadOnlyList<Release> releases, Release like) =>
        ReleaseEdits.Find(releases, like.Version, like.Variant, like.Arch).MaxVersion;
}

internal sealed class ReleaseRemoveCommand : ReleaseChangeCommand
{
    public ReleaseRemoveCommand()
        : base(
            "remove",
            "Take a release out of the manifest. Hosts that run it stay on it unless max_version falls; use `recall` to move them away.",
            "repo-tools release remove repo --version 1.1.0"
        ) { }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (release, _) = EditAll(args, ReleaseEdits.Remove);
        return Report(args, release.ToString(), "is removed");
    }
}
