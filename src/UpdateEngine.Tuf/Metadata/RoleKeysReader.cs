using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The two fields that say whose signatures a role needs, wherever they stand.</summary>
internal sealed class RoleKeysReader
{
    private HashSet<string>? _keyIds;
    private long? _threshold;

    /// <summary>Takes the field if it is one of the two.</summary>
    /// <param name="name">The field's.</param>
    /// <param name="json">Stands on its value.</param>
    /// <param name="what">For the error text.</param>
    public bool TryRead(string name, ref FieldReader json, string what)
    {
        if (name is "keyids")
        {
            _keyIds = ReadKeyIds(ref json, what);
        }
        else if (name is "threshold")
        {
            _threshold = json.ReadInteger($"the threshold of {what}", minimum: 1);
        }
        else
        {
            return false;
        }

        return true;
    }

    public RoleKeys Complete(string what) =>
        _keyIds is not null && _threshold is not null
            ? new RoleKeys(_keyIds, _threshold.Value)
            : throw new JsonException($"{what} needs 'keyids' and 'threshold'.");

    private static HashSet<string> ReadKeyIds(ref FieldReader json, string what)
    {
        var keyIds = new HashSet<string>(StringComparer.Ordinal);
        foreach (var keyId in json.ReadStrings($"the key ids of {what}"))
        {
            if (!keyIds.Add(keyId))
            {
                throw new JsonException($"{what} names the key id '{keyId}' twice.");
            }
        }

        return keyIds;
    }
}
