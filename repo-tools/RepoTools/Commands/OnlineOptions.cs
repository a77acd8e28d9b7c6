using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Commands;

/// <summary>The keys that are opened for snapshot and timestamp.</summary>
internal sealed record OnlineKeys(SigningKeys Snapshot, SigningKeys Timestamp) : IDisposable
{
    public void Dispose()
    {
        // What was opened first goes last.
        Timestamp.Dispose();
        Snapshot.Dispose();
    }
}

/// <summary>Keys of snapshot and timestamp, and how long what they sign holds: the same for every command that signs both.</summary>
/// <param name="required">False where signatures may come from elsewhere.</param>
internal sealed class OnlineOptions(bool required = true)
{
    private readonly Option<string[]> _snapshot = Inputs.Keys(
        "--snapshot-key",
        "A private key that signs snapshot.",
        required
    );
    private readonly Option<string[]> _timestamp = TimestampKeys(required);
    private readonly Option<string> _nextRoot = NextRoot();
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

    public IEnumerable<Option> Keys => [_snapshot, _timestamp];

    public IEnumerable<Option> Expiries => [_snapshotExpires, _timestampExpires, _nextRoot];

    public static Option<string[]> TimestampKeys(bool required = true) =>
        Inputs.Keys("--timestamp-key", "A private key that signs timestamp.", required);

    /// <summary>Before `root publish` replaces online keys.</summary>
    public static Option<string> NextRoot() =>
        Inputs.File(
            "--next-root",
            "The root that `root publish` installs next: sign with its keys too, beside the old ones, so that hosts accept everything before and after it."
        );

    public static MetadataDocument? ReadNextRoot(ParseResult args, Option<string> option) =>
        args.GetValue(option) is { } path ? RootFile.Read(path) : null;

    public OnlineKeys Open(ParseResult args) => new(Inputs.Signers(args, _snapshot), Inputs.Signers(args, _timestamp));

    /// <summary>A plan that signs no targets.</summary>
    public SigningPlan Plan(ParseResult args, OnlineKeys keys) =>
        new(
            [],
            keys.Snapshot,
            keys.Timestamp,
            TimeSpan.Zero,
            args.GetValue(_snapshotExpires).Time,
            args.GetValue(_timestampExpires).Time
        )
        {
            NextRoot = ReadNextRoot(args, _nextRoot),
        };
}
