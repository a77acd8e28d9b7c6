using System.Text.Json.Serialization;
using UpdateEngine.Tuf.Transport;

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

/// <summary>
/// How far an image of an unfinished prepare is on the medium. A hint that saves fetching: all of the image is read back and compared with its signed
/// digest before it counts.
/// </summary>
/// <param name="FileDigest">Of the target, as its signed metadata list it first: the rest must be of the same file.</param>
/// <param name="FileOffset">Bytes of the target that are decoded and flushed: an end of a frame.</param>
/// <param name="ImageOffset">Bytes of the image that they became.</param>
/// <param name="Validator">Which state of the server's file it was.</param>
public sealed record ImageCheckpoint(
    [property: JsonRequired] string Target,
    [property: JsonRequired] string FileDigest,
    [property: JsonRequired] long FileOffset,
    [property: JsonRequired] long ImageOffset,
    FileValidator? Validator = null
);

/// <summary>How far an unfinished prepare is: role to checkpoint, for the images that can be gone on with.</summary>
public sealed record SlotCheckpoint(
    [property: JsonRequired] string Slot,
    [property: JsonRequired] SortedDictionary<string, ImageCheckpoint> Images
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

    /// <summary>Of the slot that is <see cref="Writing"/>, or null.</summary>
    public SlotCheckpoint? Checkpoint { get; init; }

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
