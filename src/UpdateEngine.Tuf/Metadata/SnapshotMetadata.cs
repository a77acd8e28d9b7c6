namespace UpdateEngine.Tuf.Metadata;

/// <summary>The snapshot role: which versions of the targets roles belong together. Specification section 4.4.</summary>
public sealed record SnapshotMetadata
{
    public required long Version { get; init; }

    public required DateTimeOffset Expires { get; init; }

    /// <summary>By file name, such as "targets.json", which is always there.</summary>
    public required IReadOnlyDictionary<string, MetaFile> Meta { get; init; }

    /// <summary>Reads the shape; signatures are another step.</summary>
    /// <exception cref="MetadataMalformedException">Not snapshot metadata.</exception>
    public static SnapshotMetadata Parse(Envelope envelope)
    {
        var read = Announcement.Parse(Roles.Snapshot, envelope, "targets.json");
        return new SnapshotMetadata
        {
            Version = read.Header.Version,
            Expires = read.Header.Expires,
            Meta = read.Meta,
        };
    }
}
