using System.CommandLine;
using RepoTools.Moving;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Commands;

internal sealed class RepoCloneCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly SourceInputs _source = new("SOURCE");
    private readonly Argument<string> _directory = new("DIR")
    {
        Description = "The copy's directory. One that is there already is brought up to date.",
    };
    private readonly SelectionInputs _selection = new();

    public RepoCloneCommand(TimeProvider time)
        : base(
            "clone",
            "Make an exact copy of a repository, or bring it up to date: all metadata byte for byte as it was signed, every root, and the targets, "
                + "verified before they are visible. Only what changed is fetched; timestamp.json comes last, so that hosts that read the copy meanwhile "
                + "find the old state or the new one. A copy never goes back to an older state. The root that you trust is remembered in DIR/trust.",
            """
            repo-tools repo clone https://updates.example.org mirror --trust root.json
            # Next month, by the trust that it remembers:
            repo-tools repo mirror https://updates.example.org mirror
            # From a medium, a part of it:
            repo-tools repo clone /media/updates mirror --trust root.json --release 1.2.0 --release 1.3.0 --variant demo --arch x86_64
            repo-tools repo clone https://updates.example.org mirror --trust root.json --metadata-only --dry-run
            """
        )
    {
        _time = time;
        Aliases.Add("mirror");
        _source.AddTo(this);
        Add(_directory);
        Add([.. _selection.Options, DryRun.NewOption()]);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel) =>
        SeenInputs.ForPublisherAsync(_source.Address(args), () => CloneAsync(args, cancel));

    private async Task<int> CloneAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = new Workspace(args.GetRequiredValue(_directory)) { Anchor = _source.Trust(args) };
        RequireOther(_source.Address(args).Workspace, workspace);
        // Never what lies beside the source: who brings the copy would bring his own root with it.
        var anchor = TrustedChain.ReadAnchor(workspace);
        var dryRun = DryRun.IsAsked(args);
        using var source = await _source.OpenAsync(args, anchor, _time, new CopyMemory(workspace), cancel);
        var plan = await CopyPlan.ReadAsync(source, anchor, _selection.Selection(args), cancel);
        // Only now: a source that is refused leaves no trace.
        using var destination = dryRun
            ? DirectoryDestination.ForReading(workspace)
            : DirectoryDestination.ForWriting(workspace);
        var result = await TransferProgress.ShowAsync(
            CommandHost.IsJson(args) || dryRun,
            progress =>
                new Copier(source, destination, _selection.SkipMissing(args), dryRun).RunAsync(plan, progress, cancel)
        );
        if (!dryRun)
        {
            // Walked once more as a publisher would, and remembered for the next time.
            TrustedChain.Read(workspace).Pin(workspace);
        }

        return CopyReport.Print(args, source, destination, plan, result);
    }

    private static void RequireOther(Workspace? source, Workspace copy)
    {
        if (source is not null && Path.GetFullPath(source.Root) == Path.GetFullPath(copy.Root))
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"{copy.Root} can't be a copy of itself.",
                "Name another directory for the copy."
            );
        }
    }
}
