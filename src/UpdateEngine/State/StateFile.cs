using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.State;

/// <summary>Reads and replaces one JSON file of the state directory, with the errors that name it. Writes are atomic and flushed (<see cref="DurableFile"/>).</summary>
internal static class StateFile
{
    /// <summary>No state file of ours comes near this (promise P7).</summary>
    private const int MaxBytes = 16 * 1024 * 1024;

    /// <returns>null when the file is not there.</returns>
    public static T? Read<T>(string path, JsonTypeInfo<T> type, string wayOut)
        where T : class
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxBytes })
            {
                throw Unreadable(path, $"it is larger than {MaxBytes} bytes", wayOut);
            }

            return JsonSerializer.Deserialize(DurableFile.Read(path, MaxBytes), type)
                ?? throw Unreadable(path, "it is null", wayOut);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // Only this means "never written": a file that may not be read is not an empty one.
        }
        catch (JsonException e)
        {
            throw Unreadable(path, JsonFaults.Describe(e), wayOut, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw Unreadable(path, e.Message, "Run as root, or check the permissions.", e); // The file may be perfectly well.
        }
        catch (IOException e)
        {
            throw Unreadable(path, e.Message, wayOut, e);
        }
    }

    public static void Write<T>(string path, T document, JsonTypeInfo<T> type) =>
        Guard(path, () => DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(document, type)));

    public static void Guard(string path, Action write)
    {
        try
        {
            DurableFile.MakeDirectory(Path.GetDirectoryName(path)!);
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpdateException(
                ErrorCodes.StateWriteFailed,
                $"{path} could not be written: {e.Message}",
                "Free some space in the state directory, or check its permissions.",
                e
            );
        }
    }

    public static UpdateException Unreadable(string path, string why, string wayOut, Exception? inner = null) =>
        new(ErrorCodes.StateCorrupt, $"{path} can't be used: {why.TrimEnd('.')}.", wayOut, inner);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false,
    WriteIndented = true
)]
[JsonSerializable(typeof(JournalDocument))]
[JsonSerializable(typeof(DenyListDocument))]
[JsonSerializable(typeof(LastCheck))]
internal sealed partial class StateJson : JsonSerializerContext;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true
)]
[JsonSerializable(typeof(HistoryEntry))]
internal sealed partial class StateLineJson : JsonSerializerContext;
