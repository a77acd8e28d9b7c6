using System.Buffers.Binary;
using System.Text;

namespace UpdateEngine.Disks;

/// <summary>One used entry of a GPT (UEFI 2.10, table 5.6), as it was when it was taken from the table.</summary>
/// <param name="Index">Position in the table, from 1, as in `sgdisk -i` and `cgpt -i`.</param>
/// <param name="Type">Partition type; decides the role.</param>
/// <param name="Id">PARTUUID.</param>
/// <param name="Label">PARTLABEL, at most 36 UTF-16 units.</param>
/// <param name="FirstLba">First sector.</param>
/// <param name="LastLba">Last sector, inclusive.</param>
/// <param name="Attributes">All 64 bits; see <see cref="BootFlags"/>.</param>
/// <param name="SectorSize">Bytes of a sector of the table.</param>
public sealed record GptPartition(
    int Index,
    Guid Type,
    Guid Id,
    string Label,
    long FirstLba,
    long LastLba,
    ulong Attributes,
    int SectorSize
)
{
    internal const int AttributesAt = 48;
    private const int LabelAt = 56;
    private const int LabelBytes = 72;

    /// <summary>First byte on the disk.</summary>
    public long Offset => FirstLba * SectorSize;

    /// <summary>Size in bytes.</summary>
    public long Length => (LastLba - FirstLba + 1) * SectorSize;

    public bool Overlaps(GptPartition other) => FirstLba <= other.LastLba && other.FirstLba <= LastLba;

    /// <summary>The used entries of a table, or null and what is wrong with one of them.</summary>
    internal static List<GptPartition>? Parse(GptHeader header, ReadOnlySpan<byte> entries, out string? problem)
    {
        var partitions = new List<GptPartition>();
        for (var i = 0; i < header.EntryCount; i++)
        {
            var entry = entries.Slice(i * header.EntrySize, GptLimits.MinEntrySize);
            if (new Guid(entry[..16]) == Guid.Empty)
            {
                continue;
            }

            var first = BinaryPrimitives.ReadUInt64LittleEndian(entry[32..]);
            var last = BinaryPrimitives.ReadUInt64LittleEndian(entry[40..]);
            if (first < (ulong)header.FirstUsableLba || first > last || last > (ulong)header.LastUsableLba)
            {
                problem = $"partition {i + 1} is said to be at sectors {first} to {last}";
                return null;
            }

            partitions.Add(FromEntry(i + 1, entry, (long)first, (long)last, header.Sector.Length));
        }

        problem = ProblemOfOverlap(partitions);
        return problem is null ? partitions : null;
    }

    internal void WriteTo(Span<byte> entry)
    {
        Type.TryWriteBytes(entry);
        Id.TryWriteBytes(entry[16..]);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], FirstLba);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], LastLba);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[AttributesAt..], Attributes);
        Encoding.Unicode.GetBytes(Label, entry.Slice(LabelAt, LabelBytes));
    }

    private static GptPartition FromEntry(int index, ReadOnlySpan<byte> entry, long first, long last, int sectorSize)
    {
        var label = Encoding.Unicode.GetString(entry.Slice(LabelAt, LabelBytes));
        var end = label.IndexOf('\0', StringComparison.Ordinal);
        return new GptPartition(
            index,
            new Guid(entry[..16]),
            new Guid(entry[16..32]),
            end < 0 ? label : label[..end],
            first,
            last,
            BinaryPrimitives.ReadUInt64LittleEndian(entry[AttributesAt..]),
            sectorSize
        );
    }

    private static string? ProblemOfOverlap(List<GptPartition> partitions)
    {
        var inPlace = partitions.OrderBy(p => p.FirstLba).ToList();
        for (var i = 1; i < inPlace.Count; i++)
        {
            if (inPlace[i].Overlaps(inPlace[i - 1]))
            {
                return $"partitions {inPlace[i - 1].Index} and {inPlace[i].Index} overlap";
            }
        }

        return null;
    }
}
