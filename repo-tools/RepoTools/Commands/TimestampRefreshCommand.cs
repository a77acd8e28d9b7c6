using System.CommandLine;
using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

internal sealed record TimestampAnswer(string Repository, long Version, DateTimeOffset Expires);

internal sealed class TimestampRefreshCommand : ToolCommand
{
    private readonly TimeProvider _time;
    private readonly Argument<string> _directory = Inputs.Repository();
    private readonly Option<string[]> _keys = OnlineOptions.TimestampKeys();
    private readonly Option<Duration> _expires = Inputs.Duration(
        "--expires",
        "How long it holds.",
        TimeSpan.FromDays(7)
    );

    private readonly Option<string> _nextRoot = OnlineOptions.NextRoot();
    private readonly Option<string> _trust = TrustInputs.Trust();

    public TimestampRefreshCommand(TimeProvider time)
        : base(
            "refresh",
            "Renew the timestamp alone, so that hosts know the repository is alive. For a timer: once a day.",
            "repo-tools timestamp refresh repo --timestamp-key keys/timestamp.pem --expires 7d"
        )
    {
        _time = time;
        Add(_directory);
        Add(_keys);
        Add(_expires);
        Add(_nextRoot);
        Add(_trust);
        Add(DryRun.NewOption());
    }

    protected override Task<int> RunAsync(ParseResult args, CancellationToken cancel)
    {
        var workspace = TrustInputs.Workspace(args, _directory, _trust);
        using var keys = Inputs.Signers(args, _keys);
        var publisher = new Publisher(workspace, _time) { IsDryRun = DryRun.IsAsked(args) };
        var plan = new SigningPlan([], [], keys, TimeSpan.Zero, TimeSpan.Zero, args.GetValue(_expires).Time)
        {
            NextRoot = OnlineOptions.ReadNextRoot(args, _nextRoot),
        };
        var (version, expires) = publisher.RefreshTimestamp(plan);
        var text = $"{workspace.Root}: timestamp {version}, expires {Times.Instant(expires)}";
        return Task.FromResult(
            DryRun.Print(
                args,
                new TimestampAnswer(workspace.Root, version, expires),
                AnswersJson.Default.TimestampAnswer,
                text
            )
        );
    }
}
