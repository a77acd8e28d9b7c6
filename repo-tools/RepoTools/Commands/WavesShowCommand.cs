using System.CommandLine;
using System.Globalization;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="OpenNow">Share of the fleet that may take the release now by its waves alone, 0..1.</param>
/// <param name="Held">Why nobody takes it whatever the waves say, as clauses: recalled, paused.</param>
internal sealed record WavesAnswer(
    string Release,
    double OpenNow,
    IReadOnlyList<WaveRow> Waves,
    string MaxVersion,
    string? MinVersion,
    DateTimeOffset? Deadline,
    string? Notes,
    IReadOnlyList<string> Held
)
{
    /// <param name="paused">The reason of the whole manifest.</param>
    public static WavesAnswer Of(Release release, DateTimeOffset now, string? paused = null) =>
        new(
            release.ToString(),
            WaveShares.Open(release.Waves, now),
            WaveShares.Rows(release.Waves),
            release.MaxVersion.ToString(),
            release.MinVersion?.ToString(),
            release.Deadline,
            release.Notes,
            ReleaseHolds.Reasons(release, paused)
        );

    public string Text()
    {
        if (Waves.Count == 0)
        {
            return $"No waves: open for the whole fleet at once.\n{Fields()}";
        }

        var table = new TextTable("WAVE", "SEEDS", "HOSTS", "OPENS", "TAKES", "FLEET OPEN BY THEN");
        foreach (var wave in Waves)
        {
            table.Add(
                wave.Wave.ToString(CultureInfo.InvariantCulture),
                $"{wave.FirstSeed}-{wave.LastSeed}",
                $"{wave.Hosts:P1}",
                Times.Instant(wave.Opens),
                Times.Span(wave.Ends - wave.Opens),
                $"{wave.OpenBy:P1} at {Times.Instant(wave.Ends)}"
            );
        }
        return $"{table}\nNow it is open for {OpenNow:P1} of the fleet.\n{Fields()}";
    }

    /// <summary>A line for each field that has a say besides the waves.</summary>
    private string Fields()
    {
        var lines = Held.Select(reason => $"Nobody takes it: {reason}.").ToList();
        if (MinVersion is not null)
        {
            lines.Add($"Hosts older than {MinVersion} step through another release first.");
        }

        if (Deadline is { } at)
        {
            lines.Add($"Maintenance windows hold it back until {Times.Instant(at)}.");
        }

        if (Notes is not null)
        {
            lines.Add($"Notes: {Notes}");
        }

        return string.Concat(lines.Select(line => line + "\n"));
    }
}

internal sealed class WavesShowCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();
    private readonly ReleaseSelector _selector = new();

    public WavesShowCommand(TimeProvider time)
        : base(
            "show",
            "Show which share of the fleet may take a release when, as it will be after the next `publish`.",
            "repo-tools waves show repo --version 1.2.0"
        )
    {
        _time = time;
        Add(_directory);
        Add(_trust);
        Add(_selector.Options);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var draft = Draft.Open(workspace, Published.Read(workspace));
        var release = _selector.Find(args, draft.Manifest.Updates);
        var answer = WavesAnswer.Of(release, _time.GetUtcNow(), draft.Manifest.Paused);
        return Task.FromResult(
            Answer.Print(args, answer, AnswersJson.Default.WavesAnswer, $"{answer.Release}\n\n{answer.Text()}")
        );
    }
}
