using System.Security.Cryptography;

namespace UpdateEngine.Tests.Simulators;

/// <summary>What a power cut left on the medium.</summary>
/// <param name="Image">The bytes.</param>
/// <param name="Key">Hash of what differs from the start; the torn forms of one sector have one key.</param>
/// <param name="Description">Which sectors of which flush are new, for messages.</param>
internal sealed record CrashState(byte[] Image, string Key, string Description, bool IsTorn);

/// <summary>
/// The states that a power cut may leave behind. What was flushed is there. Of what was written since, any subset of sectors is there
/// (a disk reorders), and a sector may be torn: partly old, partly new, though that is more than a disk with honest sectors does.
/// </summary>
internal static class CrashStates
{
    private const int ExhaustiveSectors = 7; // 2^7 subsets; above that, a seeded sample
    private const int Sample = 64;
    private const int NotTorn = -1;

    public static IEnumerable<CrashState> Of(
        byte[] start,
        IReadOnlyList<DiskOperation> operations,
        int sectorSize,
        Random random
    )
    {
        var durable = start;
        var epoch = 0;
        foreach (var writes in BetweenFlushes(operations))
        {
            foreach (var (image, text, torn) in OfOneEpoch(durable, writes, sectorSize, random))
            {
                var key = KeyOf(start, image, sectorSize, torn);
                yield return new CrashState(image, key, $"flush {epoch}, {text}", torn != NotTorn);
            }

            durable = RecordedDisk.ReplayFrom(durable, writes);
            epoch++;
        }
    }

    private static IEnumerable<List<DiskWrite>> BetweenFlushes(IReadOnlyList<DiskOperation> operations)
    {
        var writes = new List<DiskWrite>();
        foreach (var operation in operations)
        {
            if (operation is DiskWrite write)
            {
                writes.Add(write);
                continue;
            }

            yield return writes;
            writes = [];
        }

        yield return writes;
    }

    private static IEnumerable<(byte[] Image, string Text, int Torn)> OfOneEpoch(
        byte[] before,
        List<DiskWrite> writes,
        int size,
        Random random
    )
    {
        // Every prefix of the writes themselves: sectors that are written twice have their value in between here only.
        for (var count = 0; count <= writes.Count; count++)
        {
            yield return (RecordedDisk.ReplayFrom(before, writes.Take(count)), $"{count} writes", NotTorn);
        }

        var after = RecordedDisk.ReplayFrom(before, writes);
        var changed = ChangedSectors(before, after, size);
        foreach (var subset in Subsets(changed.Count, random))
        {
            var image = before.ToArray();
            for (var i = 0; i < changed.Count; i++)
            {
                Sector(subset[i] ? after : before, changed[i], size).CopyTo(Sector(image, changed[i], size));
            }

            var text = $"new sectors {string.Join(',', changed.Where((_, i) => subset[i]))}";
            yield return (image, text, NotTorn);
            // One torn sector on top of each subset: each in turn, or, of many, some by lot.
            foreach (var sector in changed.Where(_ => changed.Count <= 4 || random.Next(changed.Count) == 0))
            {
                foreach (var (torn, form) in Torn(image, before, after, sector, size))
                {
                    yield return (torn, $"{text}, sector {sector} torn ({form})", sector);
                }
            }
        }
    }

    private static IEnumerable<bool[]> Subsets(int count, Random random)
    {
        var isExhaustive = count <= ExhaustiveSectors;
        for (var n = 0; n < (isExhaustive ? 1 << count : Sample); n++)
        {
            yield return
            [
                .. Enumerable.Range(0, count).Select(i => isExhaustive ? (n >> i & 1) != 0 : random.Next(2) != 0),
            ];
        }
    }

    // Cut in the middle of what differs, so that neither form equals the old sector or the new one.
    private static IEnumerable<(byte[] Image, string Form)> Torn(
        byte[] image,
        byte[] before,
        byte[] after,
        int sector,
        int size
    )
    {
        var (old, next) = (Sector(before, sector, size).ToArray(), Sector(after, sector, size).ToArray());
        var differing = Enumerable.Range(0, size).Where(i => old[i] != next[i]).ToArray();
        if (differing.Length < 2)
        {
            yield break;
        }

        var cut = differing[differing.Length / 2];
        yield return (With(image, sector, size, [.. old[..cut], .. next[cut..]]), "end is new");
        yield return (With(image, sector, size, [.. next[..cut], .. old[cut..]]), "start is new");
    }

    private static byte[] With(byte[] image, int sector, int size, byte[] content)
    {
        var result = image.ToArray();
        content.CopyTo(result, (long)sector * size);
        return result;
    }

    private static List<int> ChangedSectors(byte[] before, byte[] after, int size) =>
        [
            .. Enumerable
                .Range(0, before.Length / size)
                .Where(s => !Sector(before, s, size).SequenceEqual(Sector(after, s, size))),
        ];

    private static Span<byte> Sector(byte[] image, int sector, int size) => image.AsSpan(sector * size, size);

    private static string KeyOf(byte[] start, byte[] image, int size, int torn)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var sector in ChangedSectors(start, image, size))
        {
            hash.AppendData(BitConverter.GetBytes(sector));
            hash.AppendData(sector == torn ? "torn"u8 : Sector(image, sector, size));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
