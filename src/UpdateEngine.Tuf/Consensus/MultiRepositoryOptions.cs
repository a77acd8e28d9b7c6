using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>What a client of several repositories needs to know.</summary>
public sealed record MultiRepositoryOptions
{
    public required RepositoryMap Map { get; init; }

    /// <summary>
    /// The trust anchor of each repository of the map, by its name: roots that came with the program, from a place that updates cannot
    /// write. They are never looked for on the disk under the repositories' names.
    /// </summary>
    public required IReadOnlyDictionary<string, byte[]> TrustedRoots { get; init; }

    /// <summary>
    /// Where trusted metadata is kept. Each repository has a directory of its own in it; see <see cref="MultiRepositoryClient.DirectoryOf"/>.
    /// </summary>
    public required string MetadataDirectory { get; init; }

    /// <summary>Used by several requests at a time.</summary>
    public required ITransport Transport { get; init; }

    /// <summary>Where a repository keeps its metadata, from an address in the map file.</summary>
    public Func<Uri, Uri> MetadataUrl { get; init; } = url => Below(url, "metadata/");

    /// <summary>Where a repository keeps its targets, from an address in the map file.</summary>
    public Func<Uri, Uri> TargetsUrl { get; init; } = url => Below(url, "targets/");

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>A time that has surely passed, for clocks that are not set: see <see cref="Client.TufClientOptions.ClockFloor"/>.</summary>
    public DateTimeOffset? ClockFloor { get; init; }

    public TufLimits Limits { get; init; } = new();

    private static Uri Below(Uri url, string name) => new($"{url.AbsoluteUri.TrimEnd('/')}/{name}");
}
