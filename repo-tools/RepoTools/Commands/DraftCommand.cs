using System.CommandLine;
using RepoTools.Publishing;
using UpdateEngine.Releases;

namespace RepoTools.Commands;

/// <param name="Release">What was changed: a release, a variant with its architecture, or the whole manifest.</param>
internal sealed record ReleaseAnswer(string Release, string Change);

/// <summary>
/// A command that changes the draft of a repository under its lock. With --dry-run it reads, decides and refuses as it would, and writes nothing, not
/// even the lock.
/// </summary>
internal abstract class DraftCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();

    protected DraftCommand(string name, string description, string examples)
        : base(name, description, examples)
    {
        Add(_directory);
        Add(_trust);
        Add(DryRun.NewOption());
    }

    protected Workspace WorkspaceOf(ParseResult args) => TrustInputs.Workspace(args, _directory, _trust);

    /// <returns>The manifest as it is, or would be, in the draft.</returns>
    protected Manifest Change(ParseResult args, Func<Manifest, Manifest> change)
    {
        using var only = Lock(args);
        var draft = OpenDraft(args);
        return Keep(args, draft, change(draft.Manifest));
    }

    /// <summary>Keeps other publishers away until it is disposed; null in a dry run.</summary>
    protected PublisherLock? Lock(ParseResult args) => PublisherLock.ForChange(WorkspaceOf(args), DryRun.IsAsked(args));

    protected Draft OpenDraft(ParseResult args) => Draft.Open(WorkspaceOf(args), Published.Read(WorkspaceOf(args)));

    /// <returns>The manifest as it is, or would be, in the draft.</returns>
    protected static Manifest Keep(ParseResult args, Draft draft, Manifest after)
    {
        if (DryRun.IsAsked(args))
        {
            return Draft.Accepted(after);
        }

        draft.Save(after);
        return draft.Manifest;
    }

    /// <param name="what">Whose change it is, the subject of a sentence.</param>
    /// <param name="change">What it is or has now, the rest of the sentence.</param>
    protected Task<int> Report(ParseResult args, string what, string change) =>
        Task.FromResult(
            DryRun.Print(
                args,
                new ReleaseAnswer(what, change),
                AnswersJson.Default.ReleaseAnswer,
                $"{what} {change} in the draft.",
                Next(args)
            )
        );

    protected string Next(ParseResult args) => $"repo-tools publish {WorkspaceOf(args).Root} ...";
}
