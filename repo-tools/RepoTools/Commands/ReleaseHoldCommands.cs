using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>A change to the <c>paused</c> of one release, or with --all to that of the whole manifest.</summary>
internal abstract class ReleaseHoldCommand : DraftCommand
{
    private const string Everything = "The whole manifest";

    private readonly ReleaseSelector _selector = new(required: false);
    private readonly Option<bool> _all = new("--all") { Description = "The whole manifest, instead of one release." };

    protected ReleaseHoldCommand(string name, string description, string examples)
        : base(name, description, examples)
    {
        Add(_selector.Options);
        Add(_all);
    }

    /// <returns>What was changed, the subject of a sentence; and the manifest after it.</returns>
    protected (string What, Manifest After) Hold(
        ParseResult args,
        Func<Release, Release> one,
        Func<Manifest, Manifest> all
    )
    {
        if (args.GetValue(_all) ? _selector.IsAnyGiven(args) : !_selector.IsVersionGiven(args))
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                $"release {Name} needs either --version or --all.",
                $"See `repo-tools release {Name} --help`."
            );
        }

        var what = Everything;
        var after = Change(
            args,
            manifest =>
            {
                if (args.GetValue(_all))
                {
                    return all(manifest);
                }

                var release = _selector.Find(args, manifest.Updates);
                what = release.ToString();
                return manifest with { Updates = ReleaseEdits.Replace(manifest.Updates, release, one(release)) };
            }
        );
        return (what, after);
    }
}

internal sealed class ReleasePauseCommand : ReleaseHoldCommand
{
    private readonly Option<string> _reason = Inputs.Line("--reason", "Why; hosts show it.", required: true);

    public ReleasePauseCommand()
        : base(
            "pause",
            "Hold a release back, or all of them: no host prepares it until `resume`. Hosts that run it stay; one that has prepared it may still "
                + "activate it. Hosts that don't know the field `paused` (Bottlerocket's) need `waves stop`.",
            """
            repo-tools release pause repo --version 1.2.0 --reason "A report of lost clocks is looked into"
            repo-tools release pause repo --all --reason "Change freeze until Monday"
            """
        ) => Add(_reason);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var reason = args.GetRequiredValue(_reason);
        var (what, _) = Hold(args, r => r with { Paused = reason }, m => m with { Paused = reason });
        return Report(args, what, "is paused");
    }
}

internal sealed class ReleaseResumeCommand : ReleaseHoldCommand
{
    private readonly TimeProvider _time;

    public ReleaseResumeCommand(TimeProvider time)
        : base(
            "resume",
            "End the pause of a release, or that of the whole manifest. Waves went on meanwhile: see `waves preview`, and `waves shift` if too many "
                + "hosts would get it at once.",
            """
            repo-tools release resume repo --version 1.2.0
            repo-tools release resume repo --all
            """
        ) => _time = time;

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var (what, after) = Hold(args, ReleaseHolds.Resume, ReleaseHolds.Resume);
        foreach (var stopped in after.Updates.Where(r => r.Paused is null && WaveMoves.IsStopped(r, _time.GetUtcNow())))
        {
            Answer.Note(
                $"Note: {stopped} was stopped, and its waves begin in years. Set them with `repo-tools waves set`."
            );
        }

        if (after.Paused is { } reason)
        {
            Answer.Note($"Note: everything is paused still: {reason}. `repo-tools release resume --all` ends that.");
        }

        return Report(args, what, "is no longer paused");
    }
}
