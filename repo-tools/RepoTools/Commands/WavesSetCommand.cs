using System.CommandLine;
using RepoTools.Releases;
using UpdateEngine;

namespace RepoTools.Commands;

internal sealed class WavesSetCommand : WavesChangeCommand
{
    private readonly Option<string> _policy = PolicyOption("--policy");
    private readonly Option<string> _file = FileOption("--file");
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
            time,
            "set",
            "Set when which share of the fleet may take a release. Within a wave hosts open evenly; there are 2048 seeds.",
            """
            repo-tools waves set repo --version 1.2.0 --policy accelerated
            repo-tools waves set repo --version 1.2.0 --policy slow-roll --start 2026-11-20T12:00:00Z
            repo-tools waves set repo --version 1.2.0 --file waves.json
            # An eighth in the first half hour, the rest in two days:
            repo-tools waves set repo --version 1.2.0 --wave 0=0m --wave 256=30m --wave 2048=2d
            """
        )
    {
        Add(_policy, _file, _start, _waves);
    }

    public static Option<string> FileOption(string name) =>
        Inputs.File(name, "A policy of your own in JSON, as docs/formats/waves.md describes it.");

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
            if (result.Tokens.Count > 0 && !WavePolicy.IsKnown(result.Tokens[0].Value))
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
        var start = (args.GetValue(_start) ?? Time.GetUtcNow()).ToSecond();
        var waves = (args.GetValue(_policy), args.GetValue(_file), args.GetValue(_waves) ?? []) switch
        {
            ({ } policy, null, []) => WavePolicy.Waves(policy, start),
            (null, { } file, []) => WaveFile.Read(file).Waves(start),
            (null, null, { Length: > 0 } entries) => WaveEntries.Parse(entries, start),
            _ => throw new UpdateException(
                ErrorCodes.Usage,
                "waves set needs one of --policy, --file and --wave.",
                "See `repo-tools waves set --help`."
            ),
        };
        var (_, after) = Edit(args, r => r with { Waves = waves });
        return Report(args, after, "waves set");
    }
}
