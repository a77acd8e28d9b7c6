using System.Text.Json;
using System.Text.Json.Serialization;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.State;

/// <summary>
/// What slot A of a new disk image holds, in FILE.json beside the disk: the factory's word, for root images that nobody can look into. Written once;
/// the journal knows better about every slot that was written since.
/// </summary>
public sealed record DiskNote([property: JsonRequired] IReadOnlyDictionary<string, SlotNote> Slots)
{
    public static string PathOf(string disk) => disk + ".json";

    public void Write(string disk) =>
        DurableFile.Write(
            PathOf(disk),
            [.. JsonSerializer.SerializeToUtf8Bytes(this, DiskNoteJson.Default.DiskNote), (byte)'\n']
        );

    /// <returns>null when there is none, or none that can be read.</returns>
    public static SlotNote? Find(string disk, string slot)
    {
        try
        {
            return StateFile.Read(PathOf(disk), DiskNoteJson.Default.DiskNote, "")?.Slots.GetValueOrDefault(slot);
        }
        catch (UpdateException)
        {
            return null;
        }
    }
}

public sealed record SlotNote(string? Variant, [property: JsonRequired] string Version);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    WriteIndented = true
)]
[JsonSerializable(typeof(DiskNote))]
internal sealed partial class DiskNoteJson : JsonSerializerContext;
