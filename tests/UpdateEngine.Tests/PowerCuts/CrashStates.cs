using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>What a power cut left: sectors that differ from the step's disk, and the files of the state directory.</summary>
/// <param name="OfTable">A table was being written.</param>
/// <param name="Key">Hash of what differs from the start; the torn forms of one sector, or of one file, have one key.</param>
internal sealed record CrashState(
    Dictionary<int, byte[]?> Sectors,
    Tree Files,
    UInt128 Key,
    bool IsTorn,
    bool OfTable,
    Func<string> Text
);

/// <summary>
/// The states that a power cut may leave behind, at any place of a log in which the disk and the state directory are written by turns. What was
/// flushed is there; of the rest, what <see cref="SectorVariants"/> and <see cref="FileVariants"/> say, in every combination.
/// </summary>
internal sealed class CrashStates(byte[] image, int sectorSize, SectorVariants sectors)
{
    // With both sides unflushed, which no right order does, combining all with all is not needed to find it.
    private const int CombinedWithAll = 64;

    private static readonly ConditionalWeakTable<byte[], byte[]> s_digests = [];

    /// <param name="start">Sectors that differ from the image before the first operation.</param>
    public IEnumerable<CrashState> Of(
        Dictionary<int, byte[]?> start,
        Tree files,
        IReadOnlyList<DiskOperation> operations
    )
    {
        var pending = new Pending(image, sectorSize, new(start), files);
        var isNew = true;
        foreach (var (at, operation) in operations.Append(null).Index())
        {
            if (!Pending.IsFlush(operation) && operation is not null)
            {
                pending.Add(operation);
                isNew = true;
                continue;
            }

            foreach (var state in isNew ? At(at, pending) : [])
            {
                yield return state;
            }

            isNew = false;
            pending.Settle(operation);
        }
    }

    private IEnumerable<CrashState> At(int place, Pending pending)
    {
        var trees = FileVariants.Of(pending.Files, pending.Changes).Select(v => (Variant: v, Key: KeyOf(v))).ToList();
        foreach (var (n, disk) in sectors.Of(pending.Sectors, pending.Writes).Index())
        {
            foreach (var (i, (tree, treeKey)) in trees.Index())
            {
                if (n < CombinedWithAll || i == 0 || i == trees.Count - 1)
                {
                    yield return new CrashState(
                        disk.Sectors,
                        tree.Tree,
                        KeyOf(disk, treeKey),
                        disk.Torn >= 0 || tree.Torn is not null,
                        disk.OfTable,
                        () => $"before operation {place + 1}: {disk.Text()}{tree.Text}"
                    );
                }
            }
        }
    }

    private UInt128 KeyOf(SectorVariant disk, byte[] treeKey)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(treeKey);
        foreach (var (sector, content) in disk.Sectors.OrderBy(s => s.Key))
        {
            if (sector != disk.Torn && content.AsSpan().SequenceEqual(image.AsSpan(sector * sectorSize, sectorSize)))
            {
                continue;
            }

            hash.AppendData(BitConverter.GetBytes(sector));
            hash.AppendData(sector == disk.Torn ? "torn"u8 : content);
        }

        return BitConverter.ToUInt128(hash.GetHashAndReset());
    }

    private static byte[] KeyOf(FileVariant variant)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (path, file, content) in variant.Tree.Files)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Tree.NameOf(path)}\n{content.Length}\n"));
            hash.AppendData(file == variant.Torn ? "torn"u8 : s_digests.GetValue(content, SHA256.HashData));
        }

        return hash.GetHashAndReset();
    }
}
