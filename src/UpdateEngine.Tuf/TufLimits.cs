namespace UpdateEngine.Tuf;

/// <summary>Every bound that the client puts on what comes from outside, in one place. Lengths are bytes.</summary>
public sealed record TufLimits
{
    public const int DefaultJsonDepth = 64;

    /// <summary>Longest root metadata file.</summary>
    public int RootLength { get; init; } = 512_000;

    /// <summary>Longest timestamp metadata file.</summary>
    public int TimestampLength { get; init; } = 16_384;

    /// <summary>Longest snapshot metadata file; one that the timestamp announces as longer is not asked for.</summary>
    public int SnapshotLength { get; init; } = 2_000_000;

    /// <summary>Longest targets metadata file, delegated roles' included; one that the snapshot announces as longer is not asked for.</summary>
    public int TargetsLength { get; init; } = 5_000_000;

    /// <summary>How many new roots one refresh follows.</summary>
    public int RootRotations { get; init; } = 256;

    /// <summary>How many delegated roles one search for a target asks.</summary>
    public int DelegatedRoles { get; init; } = 32;

    /// <summary>Longest map file of several repositories (TAP 4).</summary>
    public int MapLength { get; init; } = 500_000;

    /// <summary>How many repositories a map file declares.</summary>
    public int MapRepositories { get; init; } = 64;

    /// <summary>How many mappings a map file has.</summary>
    public int Mappings { get; init; } = 1024;

    /// <summary>How deep arrays and objects may nest, the document itself included.</summary>
    public int JsonDepth { get; init; } = DefaultJsonDepth;
}
