using System.CommandLine;
using RepoTools.Publishing;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record PublishAnswer(string Repository, RoleVersions Versions);

internal sealed class PublishCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string[]> _targets = Inputs.Keys("--targets-key", "A private key that signs targets.");
    private readonly Option<string[]> _snapshot = Inputs.Keys("--snapshot-key", "A private key that signs snapshot.");
    private readonly Option<string[]> _timestamp = Inputs.Keys(
        "--timestamp-key",
        "A private key that signs timestamp."
    );
    private readonly Option<Duration> _targetsExpires = Inputs.Duration(
        "--targets-expires",
        "How long targets hold.",
        TimeSpan.FromDays(90)
    );
    private readonly Option<Duration> _snapshotExpires = Inputs.Duration(
        "--snapshot-expires",
        "How long the snapshot holds.",
        TimeSpan.FromDays(90)
    );
    private readonly Option<Duration> _timestampExpires = Inputs.Duration(
        "--timestamp-expires",
        "How long the timestamp holds; `timestamp refresh` renews it alone.",
        TimeSpan.FromDays(7)
    );

    public PublishCommand(TimeProvider time)
        : base(
            "publish",
            "Sign the draft and make it visible, in an order in which readers find the old repository or the new one. Without a draft it renews "
                + "the expiry of all three roles. One that was interrupted left the old repository: run it again.",
            """
            repo-tools publish repo --targets-key keys/targets.pem --snapshot-key keys/snapshot.pem --timestamp-key keys/timestamp.pem
            # Targets by a token, the rest by a build service's secrets:
            repo-tools publish repo --targets-key "pkcs11:token=publisher;object=targets?module-path=/usr/lib/softhsm/libsofthsm2.so" --snapshot-key env:SNAPSHOT_KEY --timestamp-key env:TIMESTAMP_KEY
            """
        )
    {
        _time = time;
        Add(_directory);
        foreach (
            var option in (Option[])
                [_targets, _snapshot, _timestamp, _targetsExpires, _snapshotExpires, _timestampExpires]
        )
        {
            Add(option);
        }
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = new Workspace(args.GetRequiredValue(_directory));
        using var targets = Inputs.Signers(args, _targets);
        using var snapshot = Inputs.Signers(args, _snapshot);
        using var timestamp = Inputs.Signers(args, _timestamp);
        var plan = new SigningPlan(
            targets,
            snapshot,
            timestamp,
            args.GetValue(_targetsExpires).Time,
            args.GetValue(_snapshotExpires).Time,
            args.GetValue(_timestampExpires).Time
        );
        var versions = new Publisher(workspace, _time).Publish(plan);
        var text =
            $"{workspace.Root}: published targets {versions.Targets}, snapshot {versions.Snapshot}, timestamp {versions.Timestamp}";
        return Task.FromResult(
            Answer.Print(args, new PublishAnswer(workspace.Root, versions), AnswersJson.Default.PublishAnswer, text)
        );
    }
}
