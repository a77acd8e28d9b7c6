using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Signing;

/// <summary>New documents, and the changes that tools make to them.</summary>
public sealed partial class MetadataDocument
{
    private const string SpecificationVersion = "1.0.34";

    public static MetadataDocument NewRoot(long version, DateTimeOffset expires)
    {
        var document = New(Roles.Root, version, expires);
        document.Signed["consistent_snapshot"] = true;
        document.Signed["keys"] = new JsonObject();
        var roles = new JsonObject();
        foreach (var role in (string[])[Roles.Root, Roles.Timestamp, Roles.Snapshot, Roles.Targets])
        {
            roles[role] = new JsonObject { ["keyids"] = new JsonArray(), ["threshold"] = 1 };
        }

        document.Signed["roles"] = roles;
        return document;
    }

    /// <summary>A timestamp that names version 1 of snapshot until <see cref="SetMeta"/> says otherwise.</summary>
    public static MetadataDocument NewTimestamp(long version, DateTimeOffset expires)
    {
        var document = New(Roles.Timestamp, version, expires);
        document.Signed["meta"] = new JsonObject();
        document.SetMeta("snapshot.json", 1);
        return document;
    }

    /// <summary>A snapshot that names version 1 of targets until <see cref="SetMeta"/> says otherwise.</summary>
    public static MetadataDocument NewSnapshot(long version, DateTimeOffset expires)
    {
        var document = New(Roles.Snapshot, version, expires);
        document.Signed["meta"] = new JsonObject();
        document.SetMeta("targets.json", 1);
        return document;
    }

    public static MetadataDocument NewTargets(long version, DateTimeOffset expires)
    {
        var document = New(Roles.Targets, version, expires);
        document.Signed["targets"] = new JsonObject();
        return document;
    }

    public long Version => Signed["version"]!.GetValue<long>();

    public DateTimeOffset Expires => Rfc3339.Parse(Signed["expires"]!.GetValue<string>());

    /// <param name="version">At least 1.</param>
    public void SetVersion(long version)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        Signed["version"] = version;
    }

    /// <summary>Written in UTC, down to the second: the specification's form (4.2.1) has no fraction, and other clients refuse one.</summary>
    public void SetExpires(DateTimeOffset expires) =>
        Signed["expires"] = Rfc3339.Format(expires.AddTicks(-(expires.Ticks % TimeSpan.TicksPerSecond)));

    /// <summary>
    /// Root: lets a key sign for a role. Nothing changes when it may already. A key that the document has under some id keeps that id: under two of
    /// them it could be taken for two keys.
    /// </summary>
    /// <returns>The key id.</returns>
    public string AddKey(string role, PublicKey key)
    {
        if (FindKey(key) is not { } keyId)
        {
            keyId = key.ComputeKeyId();
            Object("keys")[keyId] = JsonNode.Parse(key.ToJson());
        }

        var keyIds = KeyIds(role);
        if (!Names(keyIds, keyId))
        {
            keyIds.Add((JsonNode)keyId);
        }

        return keyId;
    }

    /// <summary>Root: takes a key from a role, and out of the document when no role has it any more.</summary>
    /// <returns>False when the role does not have the key.</returns>
    public bool RemoveKey(string role, string keyId)
    {
        var keyIds = KeyIds(role);
        var found = keyIds.FirstOrDefault(id => string.Equals((string?)id, keyId, StringComparison.Ordinal));
        if (found is null)
        {
            return false;
        }

        keyIds.Remove(found);
        if (!Object("roles").Any(other => Names(KeyIds(other.Key), keyId)))
        {
            Object("keys").Remove(keyId);
        }

        return true;
    }

    /// <summary>Root: how many distinct keys must sign for a role.</summary>
    public void SetThreshold(string role, int threshold)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threshold, 1);
        Role(role)["threshold"] = threshold;
    }

    /// <summary>Timestamp and snapshot: what they say of another file.</summary>
    /// <param name="name">"snapshot.json", "targets.json".</param>
    /// <param name="version">At least 1.</param>
    /// <param name="length">In bytes; null leaves it out.</param>
    /// <param name="sha256">Lower-case hexadecimal; null leaves it out.</param>
    public void SetMeta(string name, long version, long? length = null, string? sha256 = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(version, 1);
        var file = new JsonObject { ["version"] = version };
        if (length is not null)
        {
            file["length"] = length.Value;
        }

        if (sha256 is not null)
        {
            file["hashes"] = new JsonObject { ["sha256"] = sha256 };
        }

        Object("meta")[name] = file;
    }

    /// <summary>Targets: adds a file or replaces it.</summary>
    /// <param name="name">As hosts will ask for it.</param>
    /// <param name="length">In bytes.</param>
    /// <param name="sha256">Lower-case hexadecimal.</param>
    /// <param name="custom">The publisher's own fields; the node must not have a parent.</param>
    public void SetTarget(TargetName name, long length, string sha256, JsonObject? custom = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        var target = new JsonObject
        {
            ["hashes"] = new JsonObject { ["sha256"] = sha256 },
            ["length"] = length,
        };
        if (custom is not null)
        {
            target["custom"] = custom;
        }

        Object("targets")[name.Value] = target;
    }

    /// <returns>False when there is no such target.</returns>
    public bool RemoveTarget(TargetName name) => Object("targets").Remove(name.Value);

    private static MetadataDocument New(string type, long version, DateTimeOffset expires)
    {
        var signed = new JsonObject { ["_type"] = type, ["spec_version"] = SpecificationVersion };
        var document = new MetadataDocument(new JsonObject { ["signed"] = signed, ["signatures"] = new JsonArray() });
        document.SetVersion(version);
        document.SetExpires(expires);
        return document;
    }

    private void CheckShape(Envelope envelope)
    {
        var type = (_document["signed"] as JsonObject)?["_type"] as JsonValue;
        object _ = type?.ToString() switch
        {
            Roles.Root => RootMetadata.Parse(envelope),
            Roles.Timestamp => TimestampMetadata.Parse(envelope),
            Roles.Snapshot => SnapshotMetadata.Parse(envelope),
            Roles.Targets => TargetsMetadata.Parse(envelope),
            null => throw new FormatException("its part 'signed' has no '_type'."),
            var unknown => throw new FormatException($"its type '{unknown}' is unknown."),
        };
    }

    private JsonObject Object(string name) =>
        Signed[name] as JsonObject ?? throw new FormatException($"{Type} metadata has no '{name}'.");

    private JsonObject Role(string role) =>
        Object("roles")[role] as JsonObject ?? throw new ArgumentException($"There is no role '{role}'.", nameof(role));

    private JsonArray KeyIds(string role) => (JsonArray)Role(role)["keyids"]!;

    private static bool Names(JsonArray keyIds, string keyId) =>
        keyIds.Any(id => string.Equals((string?)id, keyId, StringComparison.Ordinal));
}
