using System.CommandLine;
using System.Globalization;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="OpenNow">Share of the fleet that may take the release now, 0..1.</param>
internal sealed record WavesAnswer(string Release, double OpenNow, IReadOnlyList<WaveRow> Waves)
{
    public static WavesAnswer Of(Release release, DateTimeOffset now) =>
        new(release.ToString(), WaveShares.Open(release.Waves, now), WaveShares.Rows(release.Waves));

    public string Text()
    {
        if (Waves.Count == 0)
        {
            return "No waves: open for the whole fleet at once.\n";
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
        return $"{table}\nNow it is open for {OpenNow:P1} of the fleet.\n";
    }
}

internal sealed class WavesShowCommand : ReleaseChangeCommand
{
    private readonly TimeProvider _time;

    public WavesShowCommand(TimeProvider time)
        : base(
            "show",
            "Show which share of the fleet may take a release when, as it will be after the next `publish`.",
            "repo-tools waves show repo --version 1.2.0"
        ) => _time = time;

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = WorkspaceOf(args);
        var draft = Draft.Open(workspace, Published.Read(workspace));
        var answer = WavesAnswer.Of(Find(args, draft.Manifest.Updates), _time.GetUtcNow());
        return Task.FromResult(
            Answer.Print(args, answer, AnswersJson.Default.WavesAnswer, $"{answer.Release}\n\n{answer.Text()}")
        );
    }
}
