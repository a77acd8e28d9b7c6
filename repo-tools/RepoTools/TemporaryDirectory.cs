using UpdateEngine;

namespace RepoTools;

/// <summary>A directory for the length of a command, below TMPDIR.</summary>
internal static class TemporaryDirectory
{
    /// <param name="prefix">Of its name.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.InputOutput"/>; the system's own message names no path.</exception>
    public static DirectoryInfo Create(string prefix)
    {
        try
        {
            return Directory.CreateTempSubdirectory(prefix);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpdateException(
                ErrorCodes.InputOutput,
                $"No temporary directory can be made in {Path.GetTempPath()}: {e.Message.TrimEnd('.')}.",
                "Let TMPDIR name a directory that you may write to.",
                e
            );
        }
    }
}
