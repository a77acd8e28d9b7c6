using System.Text.Json;
using System.Text.Json.Serialization;
using RepoTools.Keys;

namespace RepoTools.Commands;

/// <summary>The documents that --json prints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(KeyEncryptionAnswer))]
[JsonSerializable(typeof(RootAnswer))]
[JsonSerializable(typeof(RepoCreateAnswer))]
[JsonSerializable(typeof(PublishAnswer))]
[JsonSerializable(typeof(TimestampAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ReleaseAddAnswer))]
[JsonSerializable(typeof(ReleaseListAnswer))]
[JsonSerializable(typeof(ReleaseAnswer))]
[JsonSerializable(typeof(WavesAnswer))]
[JsonSerializable(typeof(ServeAnswer))]
[JsonSerializable(typeof(DiskAnswer))]
[JsonSerializable(typeof(HostAnswer))]
internal sealed partial class AnswersJson : JsonSerializerContext;
