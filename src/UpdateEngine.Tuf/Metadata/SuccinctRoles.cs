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
    private const int MaxDigits = 8;

    /// <summary>The name of the bin that a target belongs to.</summary>
    public string RoleFor(TargetName target) =>
        NameOf(BinaryPrimitives.ReadUInt32BigEndian(target.Digest()) >> (MaxBitLength - BitLength));

    /// <summary>How many bins there are.</summary>
    public long Count => 1L << BitLength;

    /// <summary>The names of all bins, in order; made as they are asked for, of which there may be 2^32.</summary>
    public IEnumerable<string> Names()
    {
        for (long number = 0; number < Count; number++)
        {
            yield return NameOf((uint)number);
        }
    }

    /// <summary>Whether a role is one of the bins, by its name.</summary>
    public bool Contains(string role) =>
        role.Length == NamePrefix.Length + 1 + Digits
        && uint.TryParse(
            role.AsSpan(NamePrefix.Length + 1),
            NumberStyles.AllowHexSpecifier,
            CultureInfo.InvariantCulture,
            out var number
        )
        && number < Count
        && string.Equals(role, NameOf(number), StringComparison.Ordinal);

    // As many digits as the last bin's number has.
    private int Digits => (BitLength + 3) / 4;

    private string NameOf(uint number) => $"{NamePrefix}-{number.ToString($"x{Digits}", CultureInfo.InvariantCulture)}";

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
