using System.CommandLine;
using RepoTools.Publishing;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed class RefreshCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string[]> _snapshot = Inputs.Keys("--snapshot-key", "A private key that signs snapshot.");
    private readonly Option<string[]> _timestamp = Inputs.Keys(
        "--timestamp-key",
        "A private key that signs timestamp."
    );
    private readonly Option<Duration> _snapshotExpires = Inputs.Duration(
        "--snapshot-expires",
        "How long the snapshot holds.",
        TimeSpan.FromDays(90)
    );
    private readonly Option<Duration> _timestampExpires = Inputs.Duration(
        "--timestamp-expires",
        "How long the timestamp holds.",
        TimeSpan.FromDays(7)
    );
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
        foreach (var option in (Option[])[_snapshot, _timestamp, _snapshotExpires, _timestampExpires, _trust])
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        using var snapshot = Inputs.Signers(args, _snapshot);
        using var timestamp = Inputs.Signers(args, _timestamp);
        var plan = new SigningPlan(
            [],
            snapshot,
            timestamp,
            TimeSpan.Zero,
            args.GetValue(_snapshotExpires).Time,
            args.GetValue(_timestampExpires).Time
        );
        var versions = new Publisher(workspace, _time).Refresh(plan);
        var text = $"{workspace.Root}: snapshot {versions.Snapshot}, timestamp {versions.Timestamp}";
        return Task.FromResult(
            Answer.Print(args, new PublishAnswer(workspace.Root, versions), AnswersJson.Default.PublishAnswer, text)
        );
    }
}
