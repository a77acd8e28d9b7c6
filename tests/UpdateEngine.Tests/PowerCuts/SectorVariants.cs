using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>Sectors that differ from an image, as a power cut may leave them.</summary>
/// <param name="Torn">The sector that is partly new, or -1.</param>
/// <param name="OfTable">A table was being written.</param>
internal sealed record SectorVariant(Dictionary<int, byte[]?> Sectors, int Torn, bool OfTable, Func<string> Text);

/// <summary>
/// Of what was written since the last flush, any subset of sectors is there (a disk reorders), and one sector may be torn: its first bytes new and
/// the rest old, or the other way round, or it can't be read at all. Where a sector is written twice, the prefixes of the writes have its value in between.
/// </summary>
/// <param name="image">What the sectors differ from.</param>
/// <param name="subsets">All subsets up to this number, as many by lot above it.</param>
/// <param name="isTable">Whether a sector belongs to a partition table: those are torn at every byte, the others in the middle.</param>
internal sealed class SectorVariants(byte[] image, int sectorSize, Func<int, bool> isTable, int subsets, Random random)
{
    private const int FewSectors = 4; // Up to here each sector is torn on top of each subset; above, one by lot.

    public IEnumerable<SectorVariant> Of(Dictionary<int, byte[]?> durable, IReadOnlyList<DiskWrite> writes)
    {
        var after = new Dictionary<int, byte[]?>(durable);
        var ofTable = writes.Any(w => isTable((int)(w.Offset / sectorSize)));
        foreach (var (count, write) in writes.Index())
        {
            yield return new(new(after), -1, ofTable, () => $"{count} writes");
            OverlayDisk.Apply(after, image, sectorSize, write);
        }

        var changed = after.Keys.Where(s => !Value(durable, s).SequenceEqual(Value(after, s))).Order().ToArray();
        foreach (var subset in Subsets(changed.Length))
        {
            var sectors = new Dictionary<int, byte[]?>(durable);
            foreach (var sector in changed.Where((_, i) => subset[i]))
            {
                sectors[sector] = after[sector];
            }

            string Text() => $"new sectors {string.Join(',', changed.Where((_, i) => subset[i]))}";
            yield return new(sectors, -1, ofTable, Text);
            foreach (var sector in changed.Where(_ => changed.Length <= FewSectors || random.Next(changed.Length) == 0))
            {
                foreach (var (content, form) in Torn(durable, after, sector))
                {
                    var torn = new Dictionary<int, byte[]?>(sectors) { [sector] = content };
                    yield return new(torn, sector, ofTable, () => $"{Text()}, sector {sector} torn ({form})");
                }
            }
        }
    }

    private IEnumerable<bool[]> Subsets(int count)
    {
        var isExhaustive = 1L << count <= subsets;
        for (var n = 0; n < (isExhaustive ? 1 << count : subsets); n++)
        {
            var bits = new bool[count];
            for (var i = 0; i < count; i++)
            {
                bits[i] = isExhaustive ? (n >> i & 1) != 0 : random.Next(2) != 0;
            }

            yield return bits;
        }
    }

    // A cut between two bytes that do not differ gives the same content as its neighbour, and one at an end the old or new sector.
    private IEnumerable<(byte[]? Content, string Form)> Torn(
        Dictionary<int, byte[]?> before,
        Dictionary<int, byte[]?> after,
        int sector
    )
    {
        var (old, next) = (Value(before, sector).ToArray(), Value(after, sector).ToArray());
        var differing = Enumerable.Range(0, sectorSize).Where(i => old[i] != next[i]).Skip(1).ToArray();
        var cuts =
            differing.Length == 0 ? []
            : isTable(sector) ? differing
            : [differing[differing.Length / 2]];
        foreach (var cut in cuts)
        {
            yield return ([.. next[..cut], .. old[cut..]], $"{cut} bytes are new");
            yield return ([.. old[..cut], .. next[cut..]], $"{cut} bytes are old");
        }

        if (isTable(sector))
        {
            yield return (null, "unreadable");
        }
    }

    private ReadOnlySpan<byte> Value(Dictionary<int, byte[]?> sectors, int sector) =>
        OverlayDisk.Sector(sectors, image, sectorSize, sector);
}
