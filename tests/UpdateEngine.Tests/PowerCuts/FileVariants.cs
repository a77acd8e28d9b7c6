namespace UpdateEngine.Tests.PowerCuts;

/// <summary>A state directory as a power cut may leave it.</summary>
/// <param name="Torn">The file that holds a part of what was written to it, or null.</param>
internal sealed record FileVariant(Tree Tree, int? Torn, string Text);

/// <summary>
/// Of what was not flushed, each change of a name is there or not, whatever its neighbours are (POSIX promises no order), and each file holds what
/// was flushed, any of the writes since, a part of the last one, or zeros in its place (a size that was written before its data).
/// </summary>
internal static class FileVariants
{
    // So many that only a wrong order leaves unflushed are tried by lot.
    private const int FewNames = 8;

    public static IEnumerable<FileVariant> Of(Tree durable, IReadOnlyList<FileOperation> pending)
    {
        var names = pending.Where(o => o is FileNamed or DirectoryMade).ToList();
        var files = pending.OfType<FileWritten>().GroupBy(w => w.File).ToList();
        foreach (var mask in Masks(names.Count))
        {
            var (tree, text) = (durable, "");
            foreach (var (i, change) in names.Index().Where(n => (mask >> n.Index & 1) != 0))
            {
                tree = tree.After(change);
                text += $", name change {i + 1} of {names.Count} ({change})";
            }

            foreach (var variant in WithContents(new FileVariant(tree, null, text), files))
            {
                yield return variant;
            }
        }
    }

    private static IEnumerable<int> Masks(int names)
    {
        var random = new Random(names);
        return names <= FewNames
            ? Enumerable.Range(0, 1 << names)
            : Enumerable.Range(0, 1 << FewNames).Select(_ => random.Next());
    }

    private static IEnumerable<FileVariant> WithContents(
        FileVariant start,
        IReadOnlyList<IGrouping<int, FileWritten>> files
    )
    {
        IEnumerable<FileVariant> variants = [start];
        foreach (var file in files)
        {
            variants = variants.SelectMany(v => WithContent(v, file)).ToList();
        }

        return variants;
    }

    private static IEnumerable<FileVariant> WithContent(FileVariant start, IGrouping<int, FileWritten> writes)
    {
        yield return start;
        foreach (var (i, write) in writes.Index())
        {
            yield return start with
            {
                Tree = start.Tree.After(write),
                Text = $"{start.Text}, write {i + 1} of a file",
            };
        }

        // One torn file at a time.
        if (start.Torn is not null)
        {
            yield break;
        }

        var before = writes.SkipLast(1).LastOrDefault()?.Content ?? start.Tree.ContentOf(writes.Key);
        var after = writes.Last().Content;
        var kept = after.AsSpan().StartsWith(before) ? before.Length : 0;
        var half = kept + (after.Length - kept) / 2;
        foreach (byte[] part in (byte[][])[after[..half], [.. after[..kept], .. new byte[after.Length - kept]]])
        {
            var tree = start.Tree.After(new FileWritten(writes.Key, part));
            yield return new FileVariant(tree, writes.Key, $"{start.Text}, a torn file of {part.Length} bytes");
        }
    }
}
