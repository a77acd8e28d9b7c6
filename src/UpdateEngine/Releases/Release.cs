using System.Text.Json;
using System.Text.Json.Serialization;

namespace UpdateEngine.Releases;

/// <summary>An image as it lies on the disk, after decoding.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Sha256">64 hex digits, lower case.</param>
/// <param name="Blake2b">BLAKE2b-512, 128 hex digits; hosts whose processor has no instructions for SHA-256 take it instead.</param>
public sealed record RawImage(long Length, string Sha256, string? Blake2b = null)
{
    /// <summary>The digest that this host compares with.</summary>
    [JsonIgnore]
    public ImageDigest Digest => ImageDigest.Choose(Sha256, Blake2b)!.Value;
}

/// <summary>
/// One entry of a manifest's <c>updates</c>: a version of a variant for an architecture, and when which hosts may take it.
/// The names are Bottlerocket's where it has the field; the rest is optional, and fields that nobody here knows are kept.
/// </summary>
public sealed record Release
{
    [JsonRequired]
    public required string Variant { get; init; }

    [JsonRequired]
    public required string Arch { get; init; }

    [JsonRequired]
    public required SemanticVersion Version { get; init; }

    /// <summary>A host that runs something newer than every release's <c>max_version</c> goes down to the best that is offered.</summary>
    [JsonRequired]
    public required SemanticVersion MaxVersion { get; init; }

    /// <summary>First seed of each wave (0..2047) and its start; the entry 2048 closes the last wave. Empty: open to everybody at once.</summary>
    public SortedDictionary<int, DateTimeOffset> Waves
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Role (<c>boot</c>, <c>root</c>, <c>hash</c>) to the name of a TUF target.</summary>
    [JsonRequired]
    public required SortedDictionary<string, string> Images { get; init; }

    /// <summary>Role to the decoded image's length and digest: the size is known before the first write, and the slot is read back against it.</summary>
    public SortedDictionary<string, RawImage>? Raw { get; init; }

    /// <summary>A host older than this must step through another release first.</summary>
    public SemanticVersion? MinVersion { get; init; }

    /// <summary>Why this release was recalled: nobody chooses it any more, and a host that runs it is told.</summary>
    public string? Recalled { get; init; }

    /// <summary>Why this release is held back for now.</summary>
    public string? Paused { get; init; }

    public string? Notes { get; init; }

    /// <summary>After this instant a maintenance window no longer holds the release back.</summary>
    public DateTimeOffset? Deadline { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    public override string ToString() => $"{Variant} {Version} ({Arch})";
}
