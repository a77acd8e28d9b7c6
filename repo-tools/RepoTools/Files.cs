using UpdateEngine;
using UpdateEngine.Terminal;
using UpdateEngine.Tuf.Client;

namespace RepoTools;

/// <summary>Files of a publisher, with the errors that name them. Writes are atomic and flushed.</summary>
internal static class Files
{
    /// <summary>A flush is waiting, not work: more at once than there are processors.</summary>
    private const int FlushesAtOnce = 32;

    /// <param name="limit">In bytes; a longer file is refused before it is read.</param>
    /// <param name="next">What to do when the file is missing.</param>
    public static byte[] Read(string path, long limit, string next)
    {
        using var file = Open(path, next);
        // Bounded while it is read: a device tells no length.
        using var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        int count;
        while (bytes.Length <= limit && (count = file.Read(buffer)) > 0)
        {
            bytes.Write(buffer, 0, count);
        }

        return bytes.Length <= limit
            ? bytes.ToArray()
            : throw new UpdateException(
                ErrorCodes.FileTooLong,
                $"{path} has more than the {limit} bytes that such a file may have.",
                "Check the name of the file."
            );
    }

    /// <summary>Pipes are welcome, as in --key &lt;(decrypt key.pem.gpg): they have no length and can be read once.</summary>
    /// <param name="next">What to do when the file is missing.</param>
    public static Stream Open(string path, string next)
    {
        RequireExists(path, next);
        return DurableFile.IsPlain(path) ? File.OpenRead(path) : new WaitingFile(path);
    }

    public static void RequireExists(string path, string next)
    {
        if (Directory.Exists(path))
        {
            throw new UpdateException(
                ErrorCodes.FileMissing,
                $"{path} is a directory, not a file.",
                "Name the file itself."
            );
        }

        if (!File.Exists(path))
        {
            throw new UpdateException(ErrorCodes.FileMissing, $"There is no file {path}.", next);
        }
    }

    /// <summary>Refuses a file whose directory is not there: nobody asked to make one.</summary>
    public static void RequireParent(string path)
    {
        var parent = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(parent))
        {
            throw new UpdateException(
                ErrorCodes.FileMissing,
                $"There is no directory {parent} for {Path.GetFileName(path)}.",
                "Make the directory, or name a file in another one."
            );
        }
    }

    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        if (mode is { } given)
        {
            DurableFile.Write(path, bytes, given);
        }
        else
        {
            DurableFile.Write(path, bytes);
        }
    }

    /// <summary>As <see cref="Write"/>, but never in the place of something that is there.</summary>
    /// <returns>False when something is there, and nothing was written.</returns>
    public static bool TryWriteNew(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return DurableFile.TryWriteNew(path, bytes, mode);
    }

    /// <summary>A name for what is to become this file, beside it, that nobody else makes.</summary>
    public static string TemporaryOf(string path) =>
        Path.Join(Path.GetDirectoryName(path), $".{Path.GetFileName(path)}.{Path.GetRandomFileName()}.tmp");

    /// <summary>As <see cref="Write"/>, for a file outside of a repository, where no lock's holder cleans up.</summary>
    public static void Rewrite(string path, ReadOnlySpan<byte> bytes, UnixFileMode? mode = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        DeleteLeftoversOf(path);
        Write(path, bytes, mode);
    }

    /// <summary>Removes what killed writers of this one file left beside it; what a living one holds stays.</summary>
    public static void DeleteLeftoversOf(string path)
    {
        var like = TemporaryOf(Path.GetFullPath(path));
        var start = $".{Path.GetFileName(path)}.";
        foreach (var left in Directory.EnumerateFiles(Path.GetDirectoryName(like)!, ".*.tmp"))
        {
            var name = Path.GetFileName(left);
            if (left.Length == like.Length && name.StartsWith(start, StringComparison.Ordinal) && !IsHeld(left))
            {
                DurableFile.Delete(left);
            }
        }
    }

    private static bool IsHeld(string path)
    {
        try
        {
            using var alone = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.None);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>
    /// As <see cref="Write"/> for many files of one directory, at the price of a few: their flushes share the journal, and the directory is flushed
    /// once. When this returns all are durable; before, any of them may be there, each of them whole.
    /// </summary>
    /// <param name="files">Path and content; the directory exists.</param>
    /// <param name="visible">Told of each, in order, once it is there.</param>
    public static void WriteAll(IReadOnlyList<(string Path, byte[] Bytes)> files, Action<string> visible)
    {
        if (files.Count == 0)
        {
            return;
        }

        var temporaries = new string[files.Count];
        try
        {
            Parallel.For(
                0,
                files.Count,
                new ParallelOptions { MaxDegreeOfParallelism = FlushesAtOnce },
                i => temporaries[i] = DurableFile.WriteTemporary(files[i].Path, files[i].Bytes)
            );
            for (var i = 0; i < files.Count; i++)
            {
                File.Move(temporaries[i], files[i].Path, overwrite: true);
                visible(files[i].Path);
            }
        }
        catch
        {
            foreach (var left in temporaries.Where(t => t is not null))
            {
                File.Delete(left);
            }

            throw;
        }

        DurableFile.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(files[0].Path))!);
    }

    /// <summary>Moves a file that is flushed already, and makes the move itself durable.</summary>
    public static void MoveFlushed(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        DurableFile.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }
}
