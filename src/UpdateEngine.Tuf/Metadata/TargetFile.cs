using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>A file that the repository vouches for. Specification section 4.5.</summary>
/// <param name="Name">As the targets role spells it.</param>
/// <param name="Length">In bytes, exact.</param>
/// <param name="Hashes">At least one.</param>
/// <param name="Custom">The publisher's own JSON object as it stands, if there is one.</param>
public sealed record TargetFile(string Name, long Length, Digests Hashes, string? Custom)
{
    internal static TargetFile Read(ref FieldReader json, string target)
    {
        long? length = null;
        Digests? hashes = null;
        string? custom = null;
        json.ReadObject("it");
        while (json.NextField(out var name))
        {
            if (name is "length")
            {
                length = json.ReadInteger("'length'", minimum: 0);
            }
            else if (name is "hashes")
            {
                hashes = Digests.Read(ref json);
            }
            else if (name is "custom")
            {
                custom = json.ReadRawObject("'custom'");
            }
            else
            {
                json.Skip();
            }
        }

        if (length is null || hashes is null)
        {
            throw new JsonException("'length' and 'hashes' are required.");
        }

        return new TargetFile(target, length.Value, hashes, custom);
    }
}
