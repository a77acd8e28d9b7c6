using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed class WavesSetCommand : ReleaseChangeCommand
{
    private readonly TimeProvider _time;
    private readonly Option<string> _policy = PolicyOption("--policy");
    private readonly Option<DateTimeOffset?> _start = Inputs.Instant(
        "--start",
        "When the first wave opens. Default: now."
    );
    private readonly Option<string[]> _waves = new("--wave")
    {
        Description =
            "A wave of your own: first seed (0 to 2047) and when it starts, a span after the start or an instant. Repeat it. 2048=TIME closes the last "
            + "wave; without it the last is as long as the one before.",
        HelpName = "SEED=TIME",
    };

    public WavesSetCommand(TimeProvider time)
        : base(
            "set",
            "Set when which share of the fleet may take a release. Within a wave hosts open evenly; there are 2048 seeds.",
            """
            repo-tools waves set repo --version 1.2.0 --policy fast
            repo-tools waves set repo --version 1.2.0 --policy slow --start 2026-11-20T12:00:00Z
            # An eighth in the first half hour, the rest in two days:
            repo-tools waves set repo --version 1.2.0 --wave 0=0m --wave 256=30m --wave 2048=2d
            """
        )
    {
        _time = time;
        foreach (var option in (Option[])[_policy, _start, _waves])
        {
            Add(option);
        }
    }

    public static Option<string> PolicyOption(string name)
    {
        var summary = string.Join("; ", WavePolicy.All.Select(p => $"{p.Name} = {p.Summary}"));
        var option = new Option<string>(name)
        {
            Description = $"{summary}; {WavePolicy.None} = everybody at once.",
            HelpName = "POLICY",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && !WavePolicy.Names.Contains(result.Tokens[0].Value, StringComparer.Ordinal))
            {
                result.AddError(
                    $"There is no wave policy \"{result.Tokens[0].Value}\"; there are {string.Join(", ", WavePolicy.Names)}"
                );
            }
        });
        return option;
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var start = (args.GetValue(_start) ?? _time.GetUtcNow()).ToSecond();
        var (policy, entries) = (args.GetValue(_policy), args.GetValue(_waves) ?? []);
        if (policy is null == (entries.Length == 0))
        {
            throw new UpdateException(
                ErrorCodes.Usage,
                "waves set needs either --policy or --wave.",
                "See `repo-tools waves set --help`."
            );
        }

        var waves = policy is null ? WaveEntries.Parse(entries, start) : WavePolicy.Waves(policy, start);
        var (release, after) = Edit(
            args,
            (releases, release) => ReleaseEdits.Replace(releases, release, release with { Waves = waves })
        );
        var answer = WavesAnswer.Of(Find(args, after), _time.GetUtcNow());
        var text =
            $"{release}: waves set in the draft.\n\n{answer.Text()}\nNext: repo-tools publish {WorkspaceOf(args).Root} ...";
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.WavesAnswer, text));
    }
}
