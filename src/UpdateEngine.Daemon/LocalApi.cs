using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using UpdateEngine.Updates;
using EngineHost = UpdateEngine.Updates.Host;

namespace UpdateEngine.Daemon;

/// <summary>The local API, in the paths, fields and names of Bottlerocket's API server. Reading only, so far.</summary>
internal static class LocalApi
{
    /// <summary>Limits of what a client may cost (promise P7).</summary>
    public const long MaxBodyBytes = 64 * 1024;
    public const int MaxConnections = 64;

    public static void Map(WebApplication app)
    {
        app.MapGet(
            "/updates/status",
            (EngineHost host, MostRecentCommand recent) => Answer(() => Status(host, recent), ApiJson.Default.ApiStatus)
        );
        app.MapGet("/os", (EngineHost host) => Answer(() => Os(host), ApiJson.Default.ApiOs));
    }

    // By its own type info: the host's options would name the fields their way.
    private static IResult Answer<T>(Func<T> read, JsonTypeInfo<T> type)
    {
        try
        {
            return Results.Json(read(), type);
        }
        catch (Exception e)
        {
            var fault = Faults.From(e);
            return Results.Json(
                new ApiError(fault.Code.Name, $"{fault.Message} {fault.NextStep}".TrimEnd()),
                ApiJson.Default.ApiError,
                statusCode: 500
            );
        }
    }

    private static ApiStatus Status(EngineHost host, MostRecentCommand recent)
    {
        var report = StatusReader.Read(host);
        var running = report.Slots.FirstOrDefault(s => s.Booted);
        var other = report.Slots.FirstOrDefault(s => !s.Booted && s.Version is not null);
        var check = report.LastCheck;
        return new ApiStatus(
            report.State.ToString(),
            check?.Offered ?? [],
            check?.Available is { } version ? new ApiImage(check.Arch ?? "", version, check.Variant ?? "") : null,
            running is null ? null : Partition(running, host),
            other is null || running is null ? null : Partition(other, host),
            recent.Last
        );
    }

    private static ApiPartition Partition(SlotStatus slot, EngineHost host) =>
        new(
            new ApiImage(host.Config.Arch, slot.Version ?? "unknown", slot.Variant ?? host.Config.Variant ?? "unknown"),
            slot.Next
        );

    private static ApiOs Os(EngineHost host)
    {
        using var disk = HostDisk.OpenForReading(host);
        var running = RunningSystem.Read(host, disk);
        return new ApiOs(
            host.Config.Arch,
            running.Variant ?? host.Config.Variant,
            running.Version?.ToString(),
            disk.RunningOrNull?.Name
        );
    }
}

internal sealed record ApiImage(string Arch, string Version, string Variant);

internal sealed record ApiPartition(ApiImage Image, bool NextToBoot);

internal sealed record ApiStatus(
    string UpdateState,
    IReadOnlyList<string> AvailableUpdates,
    ApiImage? ChosenUpdate,
    ApiPartition? ActivePartition,
    ApiPartition? StagingPartition,
    ApiCommand? MostRecentCommand
);

internal sealed record ApiCommand(
    string CmdType,
    string CmdStatus,
    DateTimeOffset Timestamp,
    int? ExitStatus,
    string? Stderr
);

internal sealed record ApiOs(string Arch, string? VariantId, string? VersionId, string? Slot);

internal sealed record ApiError(string Code, string Message);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(ApiOs))]
[JsonSerializable(typeof(ApiError))]
internal sealed partial class ApiJson : JsonSerializerContext;

/// <summary>What the daemon did last; gone with the process, as in Bottlerocket.</summary>
internal sealed class MostRecentCommand(EngineHost host)
{
    private volatile ApiCommand? _last;

    public ApiCommand? Last => _last;

    public void Succeeded(string command) => _last = new ApiCommand(command, "Success", host.Time.GetUtcNow(), 0, "");

    public void Failed(string command, UpdateException fault) =>
        _last = new ApiCommand(command, "Failed", host.Time.GetUtcNow(), (int)fault.Code.Exit, fault.Message);
}
