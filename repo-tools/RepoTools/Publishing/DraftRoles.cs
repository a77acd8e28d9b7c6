using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using UpdateEngine;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Publishing;

/// <summary>A target that waits to be published.</summary>
/// <param name="Length">In bytes.</param>
/// <param name="Sha256">Lower-case hexadecimal.</param>
/// <param name="Elsewhere">Its file is served from another place, and is not in the draft.</param>
/// <param name="Custom">The publisher's own fields.</param>
internal sealed record DraftTarget(long Length, string Sha256, bool Elsewhere = false, JsonObject? Custom = null);

/// <summary>
/// What the next publish will change in targets roles, the top-level one or delegated ones. Only changes are kept, by role, so that a draft is as
/// small as what it changes; one file, so that a command is in the draft as a whole or not at all. The caller holds the <see cref="PublisherLock"/>.
/// </summary>
internal sealed class DraftRoles
{
    /// <summary>Some three million targets.</summary>
    private const int MaxBytes = 1 << 30;

    private readonly Workspace _workspace;

    private DraftRoles(Workspace workspace) => _workspace = workspace;

    /// <summary>By delegator: its whole <c>delegations</c> as they will be; null when it will have none.</summary>
    public Dictionary<string, JsonObject?> Delegations { get; private set; } = new(StringComparer.Ordinal);

    /// <summary>By role and name: a target as it will be; null when it will be gone.</summary>
    public Dictionary<string, Dictionary<string, DraftTarget?>> Targets { get; private set; } =
        new(StringComparer.Ordinal);

    public bool IsChanged => Delegations.Count > 0 || Targets.Count > 0;

    public static DraftRoles Open(Workspace workspace)
    {
        var draft = new DraftRoles(workspace);
        if (File.Exists(workspace.DraftRoles))
        {
            draft.Read();
        }

        return draft;
    }

    /// <summary>The changes to one role's targets, to be added to.</summary>
    public Dictionary<string, DraftTarget?> ChangesOf(string role)
    {
        if (!Targets.TryGetValue(role, out var changes))
        {
            changes = new Dictionary<string, DraftTarget?>(StringComparer.Ordinal);
            Targets[role] = changes;
        }

        return changes;
    }

    public void Save() =>
        Files.Write(
            _workspace.DraftRoles,
            JsonSerializer.SerializeToUtf8Bytes(
                new DraftRolesFile(Delegations, Targets),
                DraftRolesJson.Default.DraftRolesFile
            )
        );

    /// <summary>After a publish.</summary>
    public void Clear()
    {
        if (File.Exists(_workspace.DraftRoles))
        {
            DurableFile.Delete(_workspace.DraftRoles);
        }

        if (Directory.Exists(_workspace.DraftTargets))
        {
            Directory.Delete(_workspace.DraftTargets, recursive: true);
        }
    }

    private void Read()
    {
        try
        {
            var json = Files.Read(_workspace.DraftRoles, MaxBytes, "Run this again.");
            var file = JsonSerializer.Deserialize(json, DraftRolesJson.Default.DraftRolesFile)!;
            // Dictionaries that a reader makes compare names ordinally, too.
            (Delegations, Targets) = (file.Delegations, file.Targets);
        }
        catch (JsonException e)
        {
            throw new UpdateException(
                ErrorCodes.StateCorrupt,
                $"{_workspace.DraftRoles} can't be used: it is not what repo-tools wrote.",
                "Delete it, and make the changes to delegations and targets again.",
                e
            );
        }
    }
}

internal sealed record DraftRolesFile(
    Dictionary<string, JsonObject?> Delegations,
    Dictionary<string, Dictionary<string, DraftTarget?>> Targets
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(DraftRolesFile))]
internal sealed partial class DraftRolesJson : JsonSerializerContext;
