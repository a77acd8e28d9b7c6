using System.Text.Json;
using System.Text.Json.Serialization;
using UpdateEngine.Tuf;

namespace UpdateEngine.Releases;

/// <summary>
/// The manifest (docs/formats/manifest.md): what a publisher offers to whom and when. A TUF target, so its bytes are verified before they come
/// here; its <em>content</em> still may be wrong, and each fault is an <see cref="UpdateException"/> that names the field.
/// </summary>
public sealed record Manifest
{
    public const string DefaultTargetName = "manifest.json";

    /// <summary>Limits on what a manifest may hold; far above any real one (promise P7).</summary>
    public const int MaxBytes = 4 * 1024 * 1024;
    public const int MaxUpdates = 4096;

    private static readonly HashSet<string> KnownRoles = new(["boot", "root", "hash"], StringComparer.Ordinal);

    // (The generated JSON reader passes null for a field that is absent; one that says null is refused before.)
    public IReadOnlyList<Release> Updates
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>"(from, to)" to the ordered migration targets of that step.</summary>
    public SortedDictionary<string, List<string>> Migrations
    {
        get;
        init => field = value ?? [];
    } = [];

    /// <summary>Why every release of this manifest is held back for now.</summary>
    public string? Paused { get; init; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    public static Manifest Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw Invalid($"it is larger than {MaxBytes} bytes");
        }

        try
        {
            var manifest =
                JsonSerializer.Deserialize(json, ManifestJson.Default.Manifest) ?? throw Invalid("it is null");
            manifest.Check();
            return manifest;
        }
        catch (JsonException e)
        {
            throw Invalid(JsonFaults.Describe(e), e);
        }
    }

    public byte[] ToBytes() =>
        [.. JsonSerializer.SerializeToUtf8Bytes(this, ManifestJson.Default.Manifest), (byte)'\n'];

    private void Check()
    {
        if (Updates.Any(u => u is null) || Migrations.Values.Any(m => m is null || m.Any(string.IsNullOrEmpty)))
        {
            throw Invalid("entries of \"updates\" and \"migrations\" must not be null");
        }

        if (Updates.Count > MaxUpdates)
        {
            throw Invalid($"it lists {Updates.Count} updates, more than {MaxUpdates}");
        }

        foreach (var update in Updates)
        {
            Check(update);
        }
    }

    private static void Check(Release release)
    {
        if (release.Images is null || !release.Images.ContainsKey("boot") || !release.Images.ContainsKey("root"))
        {
            throw Invalid($"{release} has no \"boot\" and \"root\" under \"images\"");
        }

        if (
            release.Images.FirstOrDefault(i => !KnownRoles.Contains(i.Key) || string.IsNullOrEmpty(i.Value)) is
            { Key: not null } odd
        )
        {
            throw Invalid(
                $"{release} has the image role \"{odd.Key}\", known are boot, root and hash, each with a target name"
            );
        }

        foreach (var (role, raw) in release.Raw ?? [])
        {
            if (
                raw is null
                || raw.Length <= 0
                || raw.Sha256 is null
                || !ImageDigest.AreWellFormed(raw.Sha256, raw.Blake2b)
            )
            {
                throw Invalid(
                    $"\"raw\" of {release} for {role} needs a length above 0 and a sha256 of 64 lower-case hex digits, or its blake2b has not 128 of them"
                );
            }
        }
        if (release.Waves is null)
        {
            throw Invalid($"\"waves\" of {release} must not be null");
        }

        if (WaveSchedule.Fault(release.Waves) is { } fault)
        {
            throw Invalid($"the waves of {release} {fault}");
        }
    }

    private static UpdateException Invalid(string why, Exception? inner = null) =>
        new(
            ErrorCodes.ManifestInvalid,
            $"The manifest of the repository is not usable: {why}.",
            "Tell the publisher of the repository.",
            inner
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    MaxDepth = 16,
    Converters = [typeof(InstantJsonConverter)]
)]
[JsonSerializable(typeof(Manifest))]
internal sealed partial class ManifestJson : JsonSerializerContext;

/// <summary>Instants as other implementations read and write them: RFC 3339, never without an offset, written in UTC.</summary>
internal sealed class InstantJsonConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return Rfc3339.Parse(reader.GetString() ?? "");
        }
        catch (Exception e) when (e is FormatException or InvalidOperationException)
        {
            throw new JsonException(JsonFaults.NotAnInstant, e);
        }
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Rfc3339.Format(value));
}
