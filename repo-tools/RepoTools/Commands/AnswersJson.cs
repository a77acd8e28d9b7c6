using System.Text.Json;
using System.Text.Json.Serialization;
using RepoTools.Keys;

namespace RepoTools.Commands;

/// <summary>The documents that --json prints.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(KeyAnswer))]
[JsonSerializable(typeof(KeyEncryptionAnswer))]
[JsonSerializable(typeof(RootAnswer))]
[JsonSerializable(typeof(RootEditAnswer))]
[JsonSerializable(typeof(PayloadAnswer))]
[JsonSerializable(typeof(SignatureAnswer))]
[JsonSerializable(typeof(RepoCreateAnswer))]
[JsonSerializable(typeof(RepoTrustAnswer))]
[JsonSerializable(typeof(ExpiryAnswer))]
[JsonSerializable(typeof(RootPublishAnswer))]
[JsonSerializable(typeof(PublishAnswer))]
[JsonSerializable(typeof(DownloadAnswer))]
[JsonSerializable(typeof(CopyAnswer))]
[JsonSerializable(typeof(UploadPlanAnswer))]
[JsonSerializable(typeof(TransferAnswer))]
[JsonSerializable(typeof(TimestampAnswer))]
[JsonSerializable(typeof(DelegationAnswer))]
[JsonSerializable(typeof(DelegationListAnswer))]
[JsonSerializable(typeof(TargetAddAnswer))]
[JsonSerializable(typeof(TargetAnswer))]
[JsonSerializable(typeof(TargetListAnswer))]
[JsonSerializable(typeof(StatusAnswer))]
[JsonSerializable(typeof(ReleaseAddAnswer))]
[JsonSerializable(typeof(ReleaseListAnswer))]
[JsonSerializable(typeof(ReleaseAnswer))]
[JsonSerializable(typeof(WavesAnswer))]
[JsonSerializable(typeof(WavesPreviewAnswer))]
[JsonSerializable(typeof(MigrationListAnswer))]
[JsonSerializable(typeof(CompletionAnswer))]
[JsonSerializable(typeof(ServeAnswer))]
[JsonSerializable(typeof(DiskAnswer))]
[JsonSerializable(typeof(HostAnswer))]
internal sealed partial class AnswersJson : JsonSerializerContext;
