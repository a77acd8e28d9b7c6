using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// Bins that share keys, each for the targets whose names' digests begin with its number (TAP 15): 2^<paramref name="BitLength"/> roles
/// in four fields.
/// </summary>
/// <param name="Keys">Of every bin.</param>
/// <param name="BitLength">1 to 32.</param>
/// <param name="NamePrefix">Of the bins' names; a hyphen and the number in hexadecimal follow.</param>
public sealed record SuccinctRoles(RoleKeys Keys, int BitLength, string NamePrefix)
{
    private const int MaxBitLength = 32;

    /// <summary>The name of the bin that a target belongs to.</summary>
    public string RoleFor(TargetName target)
    {
        var number = BinaryPrimitives.ReadUInt32BigEndian(target.Digest()) >> (MaxBitLength - BitLength);
        // As many digits as the last bin's number has.
        var digits = (BitLength + 3) / 4;
        return $"{NamePrefix}-{number.ToString($"x{digits}", CultureInfo.InvariantCulture)}";
    }

    internal static SuccinctRoles Read(ref FieldReader json)
    {
        const string What = "'succinct_roles'";
        var keys = new RoleKeysReader();
        long? bits = null;
        string? prefix = null;
        json.ReadObject(What);
        while (json.NextField(out var name))
        {
            if (keys.TryRead(name, ref json, What))
            {
                continue;
            }

            if (name is "bit_length")
            {
                bits = json.ReadInteger("'bit_length'", minimum: 1);
            }
            else if (name is "name_prefix")
            {
                prefix = json.ReadString("'name_prefix'");
            }
            else
            {
                json.Skip();
            }
        }

        if (bits is null or > MaxBitLength || prefix is null)
        {
            throw new JsonException($"{What} needs 'name_prefix' and a 'bit_length' of 1 to {MaxBitLength}.");
        }

        return new SuccinctRoles(keys.Complete(What), (int)bits.Value, prefix);
    }
}
