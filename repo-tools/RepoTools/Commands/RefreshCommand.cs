using System.CommandLine;
using RepoTools.Publishing;

namespace RepoTools.Commands;

internal sealed class RefreshCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly OnlineOptions _online = new();
    private readonly Option<string> _trust = TrustInputs.Trust();

    public RefreshCommand(TimeProvider time)
        : base(
            "refresh",
            "Renew the snapshot and the timestamp alone: no draft is published, and no key of targets is needed.",
            "repo-tools refresh repo --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem"
        )
    {
        _time = time;
        Add(_directory);
        foreach (var option in (Option[])[.. _online.Keys, .. _online.Expiries, _trust, DryRun.NewOption()])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        using var online = _online.Open(args);
        var publisher = new Publisher(workspace, _time) { IsDryRun = DryRun.IsAsked(args) };
        var versions = publisher.Refresh(_online.Plan(args, online));
        var text = $"{workspace.Root}: snapshot {versions.Snapshot}, timestamp {versions.Timestamp}";
        return Task.FromResult(
            DryRun.Print(args, new PublishAnswer(workspace.Root, versions), AnswersJson.Default.PublishAnswer, text)
        );
    }
}
