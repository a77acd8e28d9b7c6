using UpdateEngine;

namespace RepoTools.Moving;

/// <summary>Paths below a directory for names that others chose.</summary>
internal static class PlainPath
{
    /// <summary>Makes the directories on the way. A link among them would lead elsewhere, and is refused.</summary>
    /// <param name="directory">It may be a link itself; it was named by the user.</param>
    /// <param name="name">A target's name, or the like: relative, without "..".</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.StepNotAllowed"/>.</exception>
    public static string Below(string directory, string name)
    {
        var path = directory;
        Directory.CreateDirectory(path);
        foreach (var segment in name.Split('/')[..^1])
        {
            path = Path.Combine(path, segment);
            if (new DirectoryInfo(path).LinkTarget is not null)
            {
                throw new UpdateException(
                    ErrorCodes.StepNotAllowed,
                    $"{path} is a link; {name} would be written outside of {directory}.",
                    "Remove the link, or choose another directory."
                );
            }

            Directory.CreateDirectory(path);
        }

        return Path.Combine(directory, name);
    }
}
