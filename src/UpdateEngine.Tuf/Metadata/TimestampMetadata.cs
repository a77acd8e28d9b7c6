namespace UpdateEngine.Tuf.Metadata;

/// <summary>The timestamp role: which snapshot is the newest. Specification section 4.6.</summary>
public sealed record TimestampMetadata
{
    public required long Version { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public required MetaFile Snapshot { get; init; }

    /// <summary>Reads the shape; signatures are another step.</summary>
    /// <exception cref="MetadataMalformedException">Not timestamp metadata.</exception>
    public static TimestampMetadata Parse(Envelope envelope)
    {
        var read = Announcement.Parse(Roles.Timestamp, envelope, "snapshot.json");
        return new TimestampMetadata
        {
            Version = read.Header.Version,
            Expires = read.Header.Expires,
            Snapshot = read.Meta["snapshot.json"],
        };
    }
}
