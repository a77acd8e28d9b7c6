using System.CommandLine;
using RepoTools.Publishing;
using RepoTools.Releases;
using UpdateEngine;
using UpdateEngine.Releases;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <param name="Published">False for what only the draft has.</param>
/// <param name="Open">Share of the fleet that may take it now, 0..1.</param>
internal sealed record ReleaseRow(
    string Variant,
    string Arch,
    string Version,
    string MaxVersion,
    bool Published,
    double Open,
    string? MinVersion,
    DateTimeOffset? Deadline,
    string? Paused,
    string? Recalled,
    string? Notes
);

/// <param name="Paused">Why the whole manifest is paused.</param>
internal sealed record ReleaseListAnswer(
    string Repository,
    bool DraftWaits,
    string? Paused,
    IReadOnlyList<ReleaseRow> Releases
);

internal sealed class ReleaseListCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string> _trust = TrustInputs.Trust();

    public ReleaseListCommand(TimeProvider time)
        : base("list", "List the releases as they will be after the next `publish`.", "repo-tools release list repo")
    {
        _time = time;
        Add(_directory);
        Add(_trust);
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        var published = Published.Read(workspace);
        var draft = Draft.Open(workspace, published);
        var visible = published.ReadManifest(workspace).Updates;
        var rows = draft
            .Manifest.Updates.OrderBy(r => r.Variant, StringComparer.Ordinal)
            .ThenBy(r => r.Arch, StringComparer.Ordinal)
            .ThenByDescending(r => r.Version)
            .Select(r => Row(r, visible))
            .ToArray();
        var answer = new ReleaseListAnswer(workspace.Root, draft.IsChanged, draft.Manifest.Paused, rows);
        return Task.FromResult(Answer.Print(args, answer, AnswersJson.Default.ReleaseListAnswer, Text(answer)));
    }

    private ReleaseRow Row(Release release, IReadOnlyList<Release> visible) =>
        new(
            release.Variant,
            release.Arch,
            release.Version.ToString(),
            release.MaxVersion.ToString(),
            ReleaseEdits.Contains(visible, release.Variant, release.Arch, release.Version),
            WaveShares.Open(release.Waves, _time.GetUtcNow()),
            release.MinVersion?.ToString(),
            release.Deadline,
            release.Paused,
            release.Recalled,
            release.Notes
        );

    private static string Text(ReleaseListAnswer answer)
    {
        if (answer.Releases.Count == 0)
        {
            return "No releases. Add one with `repo-tools release add`.";
        }

        (string Head, Func<ReleaseRow, string> Cell)[] columns =
        [
            ("VARIANT", row => row.Variant),
            ("ARCH", row => row.Arch),
            ("VERSION", row => row.Version),
            ("MIN", row => row.MinVersion ?? ""),
            ("MAX", row => row.MaxVersion),
            ("STATE", State),
            ("OPEN FOR", row => row.Recalled is null ? $"{row.Open:P0}" : "-"),
            ("DEADLINE", row => row.Deadline is { } at ? Times.Instant(at) : ""),
            ("NOTES", row => row.Notes ?? ""),
        ];
        // Fields that few releases have take no width where none has them.
        columns =
        [
            .. columns.Where(c => c.Head is not ("MIN" or "DEADLINE") || answer.Releases.Any(r => c.Cell(r) != "")),
        ];
        var table = new TextTable([.. columns.Select(c => c.Head)]);
        foreach (var row in answer.Releases)
        {
            table.Add([.. columns.Select(c => c.Cell(row))]);
        }

        return string.Concat(
            table,
            answer.Paused is { } reason ? $"\nEverything is paused: {reason}\n" : "",
            answer.DraftWaits ? "\nThe draft has changes that wait for `repo-tools publish`." : ""
        );
    }

    private static string State(ReleaseRow row) =>
        row.Recalled is { } recalled ? $"recalled: {recalled}"
        : row.Paused is { } paused ? $"paused: {paused}"
        : row.Published ? "published"
        : "draft";
}
