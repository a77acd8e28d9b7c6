using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The root role: whose keys sign what. Specification section 4.3.</summary>
public sealed record RootMetadata
{
    private static readonly string[] s_topLevel =
    [
        Metadata.Roles.Root,
        Metadata.Roles.Timestamp,
        Metadata.Roles.Snapshot,
        Metadata.Roles.Targets,
    ];

    public required long Version { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public required bool ConsistentSnapshot { get; init; }

    public required IReadOnlyDictionary<string, PublicKey> Keys { get; init; }

    /// <summary>Holds the four top-level roles at least.</summary>
    public required IReadOnlyDictionary<string, RoleKeys> Roles { get; init; }

    /// <summary>Reads the shape; signatures are another step.</summary>
    /// <exception cref="MetadataMalformedException">Not root metadata.</exception>
    public static RootMetadata Parse(Envelope envelope)
    {
        try
        {
            return Read(envelope);
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw MetadataMalformedException.From(Metadata.Roles.Root, error);
        }
    }

    /// <summary>How many distinct keys of a role have validly signed a document.</summary>
    public int CountValid(string role, Envelope envelope) => Roles[role].CountValid(envelope, Keys);

    /// <exception cref="ThresholdException">Too few of the role's keys have signed.</exception>
    public void RequireThreshold(string role, Envelope envelope) =>
        Roles[role].RequireThreshold(role, envelope, Keys, $"root version {Version}");

    private static RootMetadata Read(Envelope envelope)
    {
        var header = new Header();
        bool? consistent = null;
        Dictionary<string, PublicKey>? keys = null;
        Dictionary<string, RoleKeys>? roles = null;
        var json = new FieldReader(envelope.Signed.Span, envelope.MaxDepth);
        json.ReadObject("'signed'");
        while (json.NextField(out var name))
        {
            if (header.TryRead(name, ref json))
            {
                continue;
            }

            if (name is "consistent_snapshot")
            {
                consistent = json.ReadBoolean("'consistent_snapshot'");
            }
            else if (name is "keys")
            {
                keys = KeyReader.ReadKeys(ref json);
            }
            else if (name is "roles")
            {
                roles = ReadRoles(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        header.Complete(Metadata.Roles.Root);
        if (keys is null || roles is null || !Array.TrueForAll(s_topLevel, roles.ContainsKey))
        {
            throw new JsonException("'keys' and 'roles' with root, timestamp, snapshot and targets are required.");
        }

        return new RootMetadata
        {
            Version = header.Version,
            Expires = header.Expires,
            ConsistentSnapshot = consistent ?? false,
            Keys = keys,
            Roles = roles,
        };
    }

    private static Dictionary<string, RoleKeys> ReadRoles(ref FieldReader json)
    {
        var roles = new Dictionary<string, RoleKeys>(StringComparer.Ordinal);
        json.ReadObject("'roles'");
        while (json.NextField(out var role))
        {
            roles[role] = RoleKeys.Read(ref json, role);
        }

        return roles;
    }
}
