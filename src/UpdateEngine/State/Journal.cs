using System.Text.Json.Serialization;
using UpdateEngine.Images;

namespace UpdateEngine.State;

/// <summary>One image of a prepared release, as it was read back from the slot.</summary>
/// <param name="Target">The TUF target it came from.</param>
/// <param name="Length">Bytes of the decoded image on the slot.</param>
/// <param name="Sha256">Of those bytes, as read back from the medium; or</param>
/// <param name="Blake2b">this one.</param>
public sealed record PreparedImage(
    [property: JsonRequired] string Target,
    [property: JsonRequired] long Length,
    string? Sha256 = null,
    string? Blake2b = null
)
{
    /// <exception cref="InvalidOperationException">There is none; <see cref="Journal.Load"/> lets none through.</exception>
    [JsonIgnore]
    public ImageDigest Digest => ImageDigest.Choose(Sha256, Blake2b)!.Value;

    internal bool IsPossible =>
        Length >= 0 && ImageDigest.AreWellFormed(Sha256, Blake2b) && ImageDigest.Choose(Sha256, Blake2b) is not null;
}

/// <summary>The release that a slot holds. Written and flushed before the slot is marked valid, so that a bootable slot always has its name.</summary>
public sealed record PreparedRelease(
    [property: JsonRequired] string Variant,
    [property: JsonRequired] string Arch,
    [property: JsonRequired] string Version,
    [property: JsonRequired] DateTimeOffset At,
    [property: JsonRequired] SortedDictionary<string, PreparedImage> Images
);

/// <summary>What the health gate decided for one boot.</summary>
/// <param name="BootId">Tells this boot from every other; a verdict of another boot says nothing about this one.</param>
public sealed record BootVerdict(
    [property: JsonRequired] string BootId,
    [property: JsonRequired] string Slot,
    string? Version,
    [property: JsonRequired] bool Good,
    [property: JsonRequired] DateTimeOffset At,
    [property: JsonRequired] string Reason
);

/// <summary>An activation or roll-back that was begun: what the next boot is meant to run.</summary>
public sealed record BootIntent(
    [property: JsonRequired] string Kind,
    [property: JsonRequired] string Slot,
    string? Version,
    [property: JsonRequired] DateTimeOffset At
);

/// <summary>What is known of the slots beside their flags, and of this boot; the flags in the partition table stay the truth of what boots.</summary>
public sealed record JournalDocument
{
    /// <summary>By slot name ("A", "B"). Says nothing of a slot that is <see cref="Writing"/> and whose flags are cleared.</summary>
    public SortedDictionary<string, PreparedRelease> Slots
    {
        get;
        init => field = value ?? []; // The generated JSON reader passes null for a field that is absent.
    } = [];

    /// <summary>The slot that is being written now, or was when the power went; whether its first byte was written, its flags tell: cleared before.</summary>
    public string? Writing { get; init; }

    public BootIntent? Intent { get; init; }

    public BootVerdict? Verdict { get; init; }
}

/// <summary><c>journal.json</c>: replaced as a whole, flushed before <see cref="Save"/> returns.</summary>
public sealed class Journal(string path)
{
    private const string WayOut =
        "Delete the file: the flags on the disk stay right, the versions are read from the slots again, and `updatectl confirm` gives this boot its verdict.";

    public JournalDocument Load() =>
        StateFile.Read(path, StateJson.Default.JournalDocument, WayOut) switch
        {
            null => new JournalDocument(),
            { } known when known.Slots.Values.All(s => s?.Images.Values.All(i => i?.IsPossible == true) == true) =>
                known,
            _ => throw StateFile.Unreadable(
                path,
                "an entry of a slot is null or has an impossible length or digest",
                WayOut
            ),
        };

    public void Save(JournalDocument document) => StateFile.Write(path, document, StateJson.Default.JournalDocument);
}
