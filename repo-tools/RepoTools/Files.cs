using UpdateEngine;
using UpdateEngine.Tuf.Client;

namespace RepoTools;

/// <summary>Files of a publisher, with the errors that name them. Writes are atomic and flushed.</summary>
internal static class Files
{
    /// <param name="limit">In bytes; a longer file is refused before it is read.</param>
    /// <param name="next">What to do when the file is missing.</param>
    public static byte[] Read(string path, long limit, string next)
    {
        RequireExists(path, next);
        // Bounded while it is read: a device tells no length. Pipes are welcome, as in --key <(decrypt key.pem.gpg).
        using var file = File.OpenRead(path);
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
                ErrorCodes.Usage,
                $"{path} has more than the {limit} bytes that such a file may have.",
                "Check the name of the file."
            );
    }

    public static void RequireExists(string path, string next)
    {
        if (Directory.Exists(path))
        {
            throw new UpdateException(ErrorCodes.FileMissing, $"{path} is a directory, not a file.", next);
        }

        if (!File.Exists(path))
        {
            throw new UpdateException(ErrorCodes.FileMissing, $"There is no file {path}.", next);
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

    /// <summary>Moves a file that is flushed already, and makes the move itself durable.</summary>
    public static void MoveFlushed(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        DurableFile.FlushDirectory(Path.GetDirectoryName(Path.GetFullPath(to))!);
    }
}
