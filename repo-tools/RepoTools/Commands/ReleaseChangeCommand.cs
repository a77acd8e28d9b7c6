using System.CommandLine;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record ReleaseAnswer(string Release, string Change);

/// <summary>A change to one release of the draft: finds it, changes it under the lock, says what is next.</summary>
internal abstract class ReleaseChangeCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<SemanticVersion?> _version = Inputs.Version(
        "--version",
        "Version of the release.",
        required: true
    );
    private readonly Option<string> _variant = Inputs.Text(
        "--variant",
        "Its variant, where several have this version."
    );
    private readonly Option<string> _arch = Inputs.Text("--arch", "Its architecture, where several have this version.");

    protected ReleaseChangeCommand(string name, string description, string examples)
        : base(name, description, examples)
    {
        Add(_directory);
        foreach (var option in (Option[])[_version, _variant, _arch])
        {
            Add(option);
        }
    }

    protected Workspace WorkspaceOf(ParseResult args) => new(args.GetRequiredValue(_directory));

    protected Release Find(ParseResult args, IReadOnlyList<Release> releases) =>
        ReleaseEdits.Find(releases, args.GetRequiredValue(_version)!, args.GetValue(_variant), args.GetValue(_arch));

    /// <returns>The release as it was, and as <paramref name="change"/> left the list.</returns>
    protected (Release Release, IReadOnlyList<Release> After) Edit(
        ParseResult args,
        Func<IReadOnlyList<Release>, Release, IReadOnlyList<Release>> change
    )
    {
        var workspace = WorkspaceOf(args);
        _ = Published.Read(workspace);
        using var only = PublisherLock.Take(workspace);
        var draft = Draft.Open(workspace, Published.Read(workspace));
        var release = Find(args, draft.Manifest.Updates);
        draft.Save(change(draft.Manifest.Updates, release));
        return (release, draft.Manifest.Updates);
    }

    protected Task<int> Report(ParseResult args, Release release, string change)
    {
        var text = $"{release} {change} in the draft.\nNext: repo-tools publish {WorkspaceOf(args).Root} ...";
        return Task.FromResult(
            Answer.Print(args, new ReleaseAnswer(release.ToString(), change), AnswersJson.Default.ReleaseAnswer, text)
        );
    }
}

internal sealed class ReleaseRecallCommand : ReleaseChangeCommand
{
    private readonly Option<string> _reason = Inputs.Text("--reason", "Why; hosts show it.", required: true);

    public ReleaseRecallCommand()
        : base(
            "recall",
            "Recall a release: nobody takes it any more, and hosts that run it go to the newest of the others.",
            "repo-tools release recall repo --version 1.2.0 --reason \"Loses the network after a day\""
        ) => Add(_reason);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var reason = args.GetRequiredValue(_reason);
        var (release, _) = Edit(args, (releases, release) => ReleaseEdits.Recall(releases, release, reason));
        return Report(args, release, "is recalled");
    }
}

internal sealed class ReleaseRemoveCommand : ReleaseChangeCommand
{
    public ReleaseRemoveCommand()
        : base(
            "remove",
            "Take a release out of the manifest. Hosts that run it stay on it; use `recall` to move them away.",
            "repo-tools release remove repo --version 1.1.0"
        ) { }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (release, _) = Edit(args, ReleaseEdits.Remove);
        return Report(args, release, "is removed");
    }
}
