using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>What timestamp says of snapshot, and snapshot of the targets roles. Specification section 4.4.</summary>
/// <param name="Version">At least 1.</param>
/// <param name="Length">In bytes, where it is signed.</param>
/// <param name="Digests">Where they are signed.</param>
public sealed record MetaFile(long Version, long? Length, Digests? Digests)
{
    /// <exception cref="LengthOrDigestMismatchException">Not the signed bytes.</exception>
    public void Verify(string role, ReadOnlySpan<byte> bytes)
    {
        if (Length is { } length && bytes.Length != length)
        {
            throw new LengthOrDigestMismatchException(role, "length", $"{length}", $"{bytes.Length}");
        }

        Digests?.Verify(role, bytes);
    }

    internal static Dictionary<string, MetaFile> ReadAll(ref FieldReader json)
    {
        var files = new Dictionary<string, MetaFile>(StringComparer.Ordinal);
        json.ReadObject("'meta'");
        while (json.NextField(out var name))
        {
            files[name] = Read(ref json, name);
        }

        return files;
    }

    private static MetaFile Read(ref FieldReader json, string file)
    {
        long? version = null;
        long? length = null;
        Digests? digests = null;
        json.ReadObject($"'{file}'");
        while (json.NextField(out var name))
        {
            if (name is "version")
            {
                version = json.ReadInteger($"the version of '{file}'", minimum: 1);
            }
            else if (name is "length")
            {
                length = json.ReadInteger($"the length of '{file}'", minimum: 1);
            }
            else if (name is "hashes")
            {
                digests = Digests.Read(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return new MetaFile(version ?? throw new JsonException($"'{file}' needs 'version'."), length, digests);
    }
}
