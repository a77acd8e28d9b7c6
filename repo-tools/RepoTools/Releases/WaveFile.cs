using System.Text.Json;
using System.Text.Json.Serialization;
using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>
/// A policy of the publisher's own, in a file (docs/formats/waves.md): by when which share of the fleet is open. Unknown and repeated fields are
/// refused, so that a slip of the pen does not become a roll-out.
/// </summary>
internal static class WaveFile
{
    /// <summary>Far above any real one.</summary>
    private const int MaxBytes = 64 * 1024;

    private const string Next = "See docs/formats/waves.md for the format.";

    /// <exception cref="UpdateException"><see cref="ErrorCodes.FileMissing"/>, or <see cref="ErrorCodes.Usage"/> with what is wrong where.</exception>
    public static WavePolicy Read(string path)
    {
        var bytes = Files.Read(path, MaxBytes, "Give a file as docs/formats/waves.md describes it.");
        try
        {
            var file = JsonSerializer.Deserialize(bytes, WaveFileJson.Default.WaveFileContent);
            return ToPolicy(path, file?.Waves ?? throw Wrong(path, "it has no \"waves\""));
        }
        catch (JsonException e)
        {
            throw Wrong(path, JsonFaults.Describe(e), e);
        }
    }

    private static WavePolicy ToPolicy(string path, IReadOnlyList<WaveFileEntry?> entries)
    {
        var curve = new List<(TimeSpan After, decimal Percent)>();
        var (before, seedsBefore) = (TimeSpan.Zero, 0);
        foreach (var (entry, number) in entries.Select((e, i) => (e, i + 1)))
        {
            if (entry?.OpenBy is null || !Times.TryParseSpan(entry.OpenBy, out var after))
            {
                throw Wrong(path, $"\"open_by\" of wave {number} is no span of time {Times.SpanForm}");
            }

            if (entry.FleetPercentage is not { } percent || percent is <= 0 or > 100)
            {
                throw Wrong(path, $"\"fleet_percentage\" of wave {number} is not above 0 and at most 100");
            }

            // Of 2048 seeds: less than a twentieth of a percent has no host at all.
            var seeds = (int)(WaveSchedule.Seeds * percent / 100);
            if (after <= before || seeds <= seedsBefore)
            {
                throw Wrong(path, $"wave {number} is not later and larger than what is before it");
            }

            curve.Add((after, percent));
            (before, seedsBefore) = (after, seeds);
        }

        return seedsBefore == WaveSchedule.Seeds
            ? new WavePolicy(Path.GetFileName(path), $"from {path}", curve)
            : throw Wrong(path, "its last wave does not reach 100 percent of the fleet");
    }

    private static UpdateException Wrong(string path, string why, Exception? inner = null) =>
        new(ErrorCodes.Usage, $"The wave file {path} can't be used: {why}.", Next, inner);
}

internal sealed record WaveFileContent(string? Summary, IReadOnlyList<WaveFileEntry?>? Waves);

/// <param name="OpenBy">A span after the start.</param>
/// <param name="FleetPercentage">Share of the whole fleet that is open by then, above 0 and at most 100; fractions are welcome.</param>
internal sealed record WaveFileEntry(string? OpenBy, decimal? FleetPercentage);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    ReadCommentHandling = JsonCommentHandling.Skip,
    AllowTrailingCommas = true,
    MaxDepth = 8
)]
[JsonSerializable(typeof(WaveFileContent))]
internal sealed partial class WaveFileJson : JsonSerializerContext;
