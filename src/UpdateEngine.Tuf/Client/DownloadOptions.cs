namespace UpdateEngine.Tuf.Client;

/// <summary>How <see cref="TufClient.DownloadTargetAsync"/> treats what is not complete yet.</summary>
public sealed record DownloadOptions
{
    /// <summary>
    /// Where unfinished downloads lie, under dotted names by digest, of at most the target's length each. An existing directory on the
    /// destination's file system; null stands for the destination's own.
    /// </summary>
    public string? PartialDirectory { get; init; }

    /// <summary>Whether what a failed download has brought is kept for the next one; otherwise nothing of it is left.</summary>
    public bool KeepPartial { get; init; } = true;
}
