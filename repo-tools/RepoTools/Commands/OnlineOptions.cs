using System.CommandLine;
using RepoTools.Keys;
using RepoTools.Publishing;

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
internal sealed class OnlineOptions
{
    private readonly Option<string[]> _snapshot = Inputs.Keys("--snapshot-key", "A private key that signs snapshot.");
    private readonly Option<string[]> _timestamp = TimestampKeys();
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

    public IEnumerable<Option> Expiries => [_snapshotExpires, _timestampExpires];

    public static Option<string[]> TimestampKeys() =>
        Inputs.Keys("--timestamp-key", "A private key that signs timestamp.");

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
        );
}
