using System.CommandLine;
using System.Globalization;
using System.Text;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="Open">Share of the fleet for which the waves are open at the instant, 0..1.</param>
/// <param name="Held">Why nobody takes it whatever the waves say.</param>
/// <param name="Turn">That of the host that was asked for.</param>
internal sealed record WavesPreview(
    string Release,
    double Open,
    IReadOnlyList<WaveRow> Waves,
    IReadOnlyList<string> Held,
    WaveTurn? Turn
);

internal sealed record WavesPreviewAnswer(DateTimeOffset At, IReadOnlyList<WavesPreview> Releases);

internal sealed class WavesPreviewCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly ReleaseSelector _selector = new(required: false, "Only this version.");
    private readonly Option<DateTimeOffset?> _at = Inputs.Instant("--at", "The instant to tell of. Default: now.");
    private readonly Option<int?> _seed = new("--seed")
    {
        Description = $"Tell when one host gets it: its seed, 0 to {WaveSchedule.Seeds - 1}.",
        HelpName = "N",
    };

    public WavesPreviewCommand(TimeProvider time)
        : base(
            "preview",
            "Show who gets which release when: each wave, the share of the fleet over time, and one host's turn. As it will be after the next `publish`.",
            """
            repo-tools waves preview repo
            repo-tools waves preview repo --version 1.2.0 --at 2026-11-21T12:00:00Z
            repo-tools waves preview repo --version 1.2.0 --seed 700
            """
        )
    {
        _time = time;
        _seed.Validators.Add(result =>
        {
            if (result.Tokens.Count > 0 && result.GetValueOrDefault<int?>() is < 0 or >= WaveSchedule.Seeds)
            {
                result.AddError($"--seed must be 0 to {WaveSchedule.Seeds - 1}");
            }
        });
        Add(_directory);
        Add(_trust);
        Add(_selector.Options);
        Add(_at, _seed);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var manifest = Draft.Open(workspace, Published.Read(workspace)).Manifest;
        var at = args.GetValue(_at) ?? _time.GetUtcNow();
        var name = args.GetValue(_at) is null ? "now" : "then";
        var releases = _selector.FindAll(args, manifest.Updates).OrderByDescending(r => r.Version).ToArray();
        var previews = releases.Select(r => Preview(r, manifest.Paused, at, args.GetValue(_seed))).ToArray();
        var text = releases.Zip(previews, (r, p) => Text(p, r.Waves, at, name));
        return Task.FromResult(
            Answer.Print(
                args,
                new WavesPreviewAnswer(at, previews),
                AnswersJson.Default.WavesPreviewAnswer,
                string.Join("\n\n", text)
            )
        );
    }

    private static WavesPreview Preview(Release release, string? paused, DateTimeOffset at, int? seed) =>
        new(
            release.ToString(),
            WaveShares.Open(release.Waves, at),
            WaveShares.Rows(release.Waves),
            ReleaseHolds.Reasons(release, paused),
            seed is { } host ? WaveTurn.Of(release, host, at) : null
        );

    private static string Text(
        WavesPreview preview,
        SortedDictionary<int, DateTimeOffset> waves,
        DateTimeOffset at,
        string name
    )
    {
        var text = new StringBuilder(preview.Release).Append("\n\n");
        if (preview.Waves.Count == 0)
        {
            text.Append("No waves: open for the whole fleet at once.\n");
        }
        else
        {
            text.Append(Table(preview.Waves)).Append('\n').Append(WavePlot.Draw(waves, at, name)).Append('\n');
            var seeds = (int)Math.Round(preview.Open * WaveSchedule.Seeds);
            text.Append($"{Times.Instant(at)}: open for {preview.Open:P1} of the fleet");
            text.Append(seeds == 0 ? ".\n" : $", seeds 0 to {seeds - 1}.\n");
        }

        if (preview.Turn is { Opens: { } opens } turn)
        {
            text.Append($"The host with the seed {turn.Seed} is in wave {turn.Wave} of {turn.Waves}: from ");
            text.Append(Times.Stamp(opens)).Append(turn.Open ? ", open.\n" : $", {Times.In(opens - at)}.\n");
        }

        foreach (var reason in preview.Held)
        {
            text.Append($"Nobody takes it: {reason}.\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private static TextTable Table(IReadOnlyList<WaveRow> waves)
    {
        var table = new TextTable("WAVE", "SEEDS", "HOSTS", "FROM", "TO", "OPEN THEN");
        foreach (var wave in waves)
        {
            table.Add(
                wave.Wave.ToString(CultureInfo.InvariantCulture),
                $"{wave.FirstSeed}-{wave.LastSeed}",
                $"{wave.Hosts:P1}",
                Times.Instant(wave.Opens),
                Times.Instant(wave.Ends),
                $"{wave.OpenBy:P1}"
            );
        }

        return table;
    }
}
