using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>What a client needs to know.</summary>
public sealed record TufClientOptions
{
    /// <summary>The trust anchor: a root that came with the program, from a place that updates cannot write.</summary>
    public required byte[] TrustedRoot { get; init; }

    /// <summary>Where trusted metadata is kept; one directory a repository. Only metadata lies there.</summary>
    public required string MetadataDirectory { get; init; }

    public required ITransport Transport { get; init; }

    /// <summary>Base of the metadata, with or without a trailing slash.</summary>
    public required Uri MetadataUrl { get; init; }

    /// <summary>Base of the targets, with or without a trailing slash.</summary>
    public required Uri TargetsUrl { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// A time that has surely passed. With a clock below it (not set yet, stepped back) expiry is judged here, and a warning says so.
    /// </summary>
    public DateTimeOffset? ClockFloor { get; init; }

    public TufLimits Limits { get; init; } = new();
}

/// <summary>A complete refresh, or a store that was loaded: what is trusted now.</summary>
/// <param name="Warnings">What a person should know although it worked: a clock below its floor, a damaged file that was fetched again.</param>
public sealed record RefreshResult(
    long RootVersion,
    long TimestampVersion,
    long SnapshotVersion,
    long TargetsVersion,
    IReadOnlyList<string> Warnings
);
