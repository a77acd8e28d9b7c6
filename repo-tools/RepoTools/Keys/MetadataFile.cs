using System.Text;
using System.Text.Json;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>A metadata file of whichever role, for what is done to all of them alike.</summary>
internal static class MetadataFile
{
    public static MetadataDocument Read(string path)
    {
        var bytes = Files.Read(path, new TufLimits().TargetsLength, "Give a metadata file, such as root.json.");
        return Parse(bytes, path, "metadata", "Give a metadata file, such as root.json.");
    }

    /// <summary>What `payload export` wrote: the signed part alone, in exactly the form that is signed.</summary>
    /// <returns>The document that it is of, without signatures, and the bytes.</returns>
    public static (MetadataDocument Document, byte[] Payload) ReadPayload(string path)
    {
        const string Next = "Write it with `repo-tools payload export`.";
        var payload = Files.Read(path, new TufLimits().TargetsLength, Next);
        var signed = ToJson(payload);
        RequireObject(signed, path, Next);
        byte[] json = [.. "{\"signatures\":[],\"signed\":"u8, .. signed, (byte)'}'];
        var document = Parse(json, path, "payload", Next);
        // Otherwise what was shown would not be what is signed.
        return document.ToSignedPayload().AsSpan().SequenceEqual(payload)
            ? (document, payload)
            : throw Unusable(path, "payload", "it is not in the form that is signed", Next);
    }

    /// <summary>On its own: within the document that is made of it, places would be counted from another beginning.</summary>
    private static void RequireObject(byte[] signed, string path, string next)
    {
        try
        {
            using var document = JsonDocument.Parse(signed);
            if (document.RootElement.ValueKind is not JsonValueKind.Object)
            {
                throw Unusable(path, "payload", "it is not one JSON object", next);
            }
        }
        catch (JsonException e)
        {
            var why = signed.Length == 0 ? "it is empty" : "it is not one JSON object";
            throw Unusable(path, "payload", why, next, e);
        }
    }

    /// <summary>Canonical form escapes a quote and a backslash only; a line feed, as in a PEM, stands for itself, which JSON does not know.</summary>
    private static byte[] ToJson(ReadOnlySpan<byte> canonical)
    {
        var json = new List<byte>(canonical.Length);
        foreach (var b in canonical)
        {
            if (b < (byte)' ')
            {
                json.AddRange(Encoding.ASCII.GetBytes($"\\u{b:x4}"));
            }
            else
            {
                json.Add(b);
            }
        }

        return [.. json];
    }

    private static MetadataDocument Parse(byte[] bytes, string path, string what, string next)
    {
        try
        {
            return MetadataDocument.Parse(bytes);
        }
        catch (TufException e)
        {
            throw Unusable(path, what, TufFaults.Why(e), next, e);
        }
    }

    private static UpdateException Unusable(
        string path,
        string what,
        string why,
        string next,
        Exception? inner = null
    ) => new(ErrorCodes.RepositoryInvalid, $"{path} is no usable {what}: {why}.", next, inner);
}
