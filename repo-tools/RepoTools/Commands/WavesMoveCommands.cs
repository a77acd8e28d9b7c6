using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>A change to the waves of one release, which answers with the waves as they are after it.</summary>
internal abstract class WavesChangeCommand(TimeProvider time, string name, string description, string examples)
    : ReleaseChangeCommand(name, description, examples)
{
    protected TimeProvider Time => time;

    protected Task<int> Report(ParseResult args, Release after, string change)
    {
        var answer = WavesAnswer.Of(after, time.GetUtcNow());
        var text = $"{after}: {change} in the draft.\n\n{answer.Text()}";
        return Task.FromResult(DryRun.Print(args, answer, AnswersJson.Default.WavesAnswer, text, Next(args)));
    }
}

internal sealed class WavesShiftCommand : WavesChangeCommand
{
    private readonly Option<TimeSpan> _by = Inputs.SignedSpan(
        "--by",
        "How far, like 30m, 4h or 2d; with a minus to make it earlier."
    );
    private readonly Option<bool> _force = new("--force")
    {
        Description = "Let the first wave begin before the start that was set.",
    };

    public WavesShiftCommand(TimeProvider time)
        : base(
            time,
            "shift",
            "Move all waves of a release by the same span. Hosts whose turn it was and that have not taken it wait again; those that run it keep it.",
            """
            repo-tools waves shift repo --version 1.2.0 --by 4h
            repo-tools waves shift repo --version 1.2.0 --by -30m --force
            """
        ) => Add(_by, _force);

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var by = args.GetRequiredValue(_by);
        var (_, after) = Edit(args, r => WaveMoves.Shift(r, by, args.GetValue(_force)));
        return Report(args, after, $"waves shifted by {(by < TimeSpan.Zero ? "-" : "")}{Times.Span(by.Duration())}");
    }
}

internal sealed class WavesStopCommand : WavesChangeCommand
{
    private readonly Option<string> _reason = Inputs.Line("--reason", "Why; hosts show it.");

    public WavesStopCommand(TimeProvider time)
        : base(
            time,
            "stop",
            "From the next publish on nobody else gets a release. It is paused, and for hosts that don't know that field its waves move ten years "
                + "ahead. Hosts that run it keep it (`release recall` moves them away); one that has prepared it may still activate it.",
            """
            repo-tools waves stop repo --version 1.2.0 --reason "Too many hosts fell back"
            # Go on later, with waves that begin then:
            repo-tools waves set repo --version 1.2.0 --policy slow-roll
            repo-tools release resume repo --version 1.2.0
            """
        )
    {
        _reason.DefaultValueFactory = _ => "The roll-out was stopped";
        Add(_reason);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var reason = args.GetRequiredValue(_reason);
        var (_, after) = Edit(args, r => WaveMoves.Stop(r, reason, Time.GetUtcNow().ToSecond()));
        return Report(args, after, "stopped");
    }
}
