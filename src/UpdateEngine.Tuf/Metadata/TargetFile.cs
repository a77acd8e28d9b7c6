using System.Runtime.InteropServices;
using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>A file that the repository vouches for. Specification section 4.5.</summary>
/// <param name="Name">As the targets role spells it.</param>
/// <param name="Length">In bytes, exact.</param>
/// <param name="Hashes">At least one.</param>
/// <param name="Custom">The publisher's own JSON object as it stands, if there is one.</param>
public sealed record TargetFile(string Name, long Length, Digests Hashes, string? Custom)
{
    // Where the fields stand that are made into something only when somebody asks for the target.
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Fields(long Length, int Hashes, Range? Custom);

    /// <summary>Refuses what <see cref="Read"/> would refuse, and makes nothing.</summary>
    internal static void Check(ref FieldReader json) => ReadFields(ref json);

    internal static TargetFile Read(ref FieldReader json, string target)
    {
        var fields = ReadFields(ref json);
        var hashes = json.At(fields.Hashes);
        var custom = fields.Custom is { } range ? json.TextOf(range) : null;
        return new TargetFile(target, fields.Length, Digests.Read(ref hashes), custom);
    }

    private static Fields ReadFields(ref FieldReader json)
    {
        long? length = null;
        int? hashes = null;
        Range? custom = null;
        json.ReadObject("it");
        while (json.NextField(out var name))
        {
            if (name is "length")
            {
                length = json.ReadInteger("'length'", minimum: 0);
            }
            else if (name is "hashes")
            {
                hashes = json.Position;
                Digests.Check(ref json);
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

        return new Fields(length.Value, hashes.Value, custom);
    }
}
