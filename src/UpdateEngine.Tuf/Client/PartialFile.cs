using System.Text;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>
/// The bytes of a target that have come so far, and beside them which state of the server's file they are of. Nothing of it is believed: it
/// is hashed again. Held by one process at a time. Throws as the file system does.
/// </summary>
internal sealed class PartialFile : IDisposable
{
    private const int MaxValidatorLength = 8192;

    private readonly string _path;
    private readonly string _validatorPath;

    private PartialFile(string path, string validatorPath)
    {
        (_path, _validatorPath) = (path, validatorPath);
        Content = OpenWithoutFollowing(path);
    }

    /// <summary>For reading and writing.</summary>
    public FileStream Content { get; }

    /// <param name="directory">It must exist.</param>
    /// <param name="digest">Of the whole target, in hexadecimal: the key.</param>
    public static PartialFile Open(string directory, string digest) =>
        new(Path.Join(directory, $".{digest}.part"), Path.Join(directory, $".{digest}.validator"));

    public FileValidator? ReadValidator()
    {
        try
        {
            var lines = Encoding.ASCII.GetString(DurableFile.Read(_validatorPath, MaxValidatorLength)).Split('\n');
            return lines is [var address, var value, ""] ? new FileValidator(address, value) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // None, or none that can be used: the server is asked without.
            return null;
        }
    }

    public void WriteValidator(FileValidator validator)
    {
        if (validator != ReadValidator())
        {
            DurableFile.Write(_validatorPath, Encoding.ASCII.GetBytes($"{validator.Address}\n{validator.Value}\n"));
        }
    }

    /// <summary>Throws away what is there.</summary>
    public void StartOver()
    {
        // In this order, so that a validator never stands beside bytes of another state.
        Content.SetLength(0);
        Content.Position = 0;
        File.Delete(_validatorPath);
    }

    /// <summary>Makes the verified bytes the destination, in one step. A link in its place is replaced, not followed.</summary>
    public void MoveTo(string destination)
    {
        // 1. the content, on the medium: the new name may otherwise become durable before the data it points at.
        Content.Flush(flushToDisk: true);
        // 2. what only an unfinished download needs; after the rename nobody would look for it.
        File.Delete(_validatorPath);
        // 3. the name, in one step, and 4. the directory, so that the old one does not come back after a power cut.
        DurableFile.Rename(_path, destination);
    }

    public void Delete()
    {
        File.Delete(_path);
        File.Delete(_validatorPath);
    }

    public void Dispose() => Content.Dispose();

    private static FileStream OpenWithoutFollowing(string path)
    {
        if (new FileInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
        }

        var content = OpenOrCreate(path);
        if (content.CanSeek)
        {
            return content;
        }

        // A pipe or a device, which an earlier download has not put there.
        content.Dispose();
        File.Delete(path);
        return OpenOrCreate(path);
    }

    private static FileStream OpenOrCreate(string path) =>
        new(
            path,
            new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.ReadWrite,
                Share = FileShare.None,
                BufferSize = 0,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = DurableFile.DefaultMode,
            }
        );
}
