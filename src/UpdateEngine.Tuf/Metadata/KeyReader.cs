using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The <c>keys</c> object of root and of delegations. Specification section 4.2.2.</summary>
internal static class KeyReader
{
    public static Dictionary<string, PublicKey> ReadKeys(ref FieldReader json)
    {
        var keys = new Dictionary<string, PublicKey>(StringComparer.Ordinal);
        json.ReadObject("'keys'");
        while (json.NextField(out var keyId))
        {
            keys[keyId] = ReadKey(ref json, keyId);
        }

        return keys;
    }

    private static PublicKey ReadKey(ref FieldReader json, string keyId)
    {
        string? type = null;
        string? scheme = null;
        string? value = null;
        json.ReadObject($"the key '{keyId}'");
        while (json.NextField(out var name))
        {
            if (name is "keytype")
            {
                type = json.ReadString("'keytype'");
            }
            else if (name is "scheme")
            {
                scheme = json.ReadString("'scheme'");
            }
            else if (name is "keyval")
            {
                value = ReadValue(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        if (type is null || scheme is null || value is null)
        {
            throw new JsonException($"the key '{keyId}' needs 'keytype', 'scheme' and 'keyval'.");
        }

        return new PublicKey(type, scheme, value);
    }

    private static string ReadValue(ref FieldReader json)
    {
        string? value = null;
        json.ReadObject("'keyval'");
        while (json.NextField(out var name))
        {
            if (name is "public")
            {
                value = json.ReadString("'public'");
            }
            else
            {
                json.Skip();
            }
        }

        // A key of an unknown type may hold something else (an identity and its issuer, in one that is in use).
        return value ?? "";
    }
}
