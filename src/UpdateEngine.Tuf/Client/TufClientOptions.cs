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

    /// <summary>
    /// Other places of the same repository, asked in this order when the main one does not answer or what it says is refused. The one that
    /// worked last is asked first from then on.
    /// </summary>
    public IReadOnlyList<RepositoryMirror> Mirrors { get; init; } = [];

    /// <summary>
    /// Whether status 403 to the next root says that there is none, as object stores do; a warning says so. Otherwise it is a
    /// <see cref="TransportException"/>.
    /// </summary>
    public bool ForbiddenRootEndsChain { get; init; } = true;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>
    /// A time that has surely passed. With a clock below it (not set yet, stepped back) expiry is judged here, and a warning says so.
    /// </summary>
    public DateTimeOffset? ClockFloor { get; init; }

    public TufLimits Limits { get; init; } = new();
}

/// <summary>A place of a repository.</summary>
/// <param name="MetadataUrl">Base of the metadata, with or without a trailing slash.</param>
/// <param name="TargetsUrl">Base of the targets, with or without a trailing slash.</param>
public sealed record RepositoryMirror(Uri MetadataUrl, Uri TargetsUrl);

/// <summary>A complete refresh, or a store that was loaded: what is trusted now.</summary>
/// <param name="Warnings">What a person should know although it worked: a clock below its floor, a damaged file that was fetched again, a mirror
/// that was passed over.</param>
public sealed record RefreshResult(
    long RootVersion,
    long TimestampVersion,
    long SnapshotVersion,
    long TargetsVersion,
    IReadOnlyList<string> Warnings
);
