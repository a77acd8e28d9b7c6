using System.CommandLine;
using RepoTools.Publishing;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="Release">What was changed: a release, a variant with its architecture, or the whole manifest.</param>
/// <param name="DryRun">True when nothing was written.</param>
internal sealed record ReleaseAnswer(string Release, string Change, bool DryRun);

/// <summary>
/// A command that changes the draft of a repository under its lock. With --dry-run it reads, decides and refuses as it would, and writes nothing, not
/// even the lock.
/// </summary>
internal abstract class DraftCommand : ToolCommand
{
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<bool> _dryRun = Inputs.DryRun();

    protected DraftCommand(string name, string description, string examples)
        : base(name, description, examples)
    {
        Add(_directory);
        Add(_dryRun);
    }

    protected Workspace WorkspaceOf(ParseResult args) => new(args.GetRequiredValue(_directory));

    protected bool IsDryRun(ParseResult args) => args.GetValue(_dryRun);

    /// <returns>The manifest as it is, or would be, in the draft.</returns>
    protected Manifest Change(ParseResult args, Func<Manifest, Manifest> change)
    {
        using var only = Lock(args);
        var draft = OpenDraft(args);
        return Keep(args, draft, change(draft.Manifest));
    }

    /// <summary>Keeps other publishers away until it is disposed; null in a dry run.</summary>
    protected PublisherLock? Lock(ParseResult args)
    {
        // First: a directory that is no repository gets no lock file.
        _ = Published.Read(WorkspaceOf(args));
        return IsDryRun(args) ? null : PublisherLock.Take(WorkspaceOf(args));
    }

    protected Draft OpenDraft(ParseResult args) => Draft.Open(WorkspaceOf(args), Published.Read(WorkspaceOf(args)));

    /// <returns>The manifest as it is, or would be, in the draft.</returns>
    protected Manifest Keep(ParseResult args, Draft draft, Manifest after)
    {
        if (IsDryRun(args))
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
            Answer.Print(
                args,
                new ReleaseAnswer(what, change, IsDryRun(args)),
                AnswersJson.Default.ReleaseAnswer,
                $"{what} {change} in the draft.\n{Conclusion(args)}"
            )
        );

    /// <summary>The last line: what to do next, or that nothing happened.</summary>
    protected string Conclusion(ParseResult args) =>
        IsDryRun(args)
            ? "This was a dry run: nothing was written."
            : $"Next: repo-tools publish {WorkspaceOf(args).Root} ...";
}
