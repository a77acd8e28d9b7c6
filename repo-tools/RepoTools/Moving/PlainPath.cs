using UpdateEngine;

namespace RepoTools.Moving;

/// <summary>Paths below a directory for names that others chose.</summary>
internal static class PlainPath
{
    /// <summary>Makes the directories on the way. A link among them would lead elsewhere, and is refused.</summary>
    /// <param name="directory">It may be a link itself; it was named by the user.</param>
    /// <param name="name">A target's name, or the like: relative, without "..".</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.StepNotAllowed"/>, <see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public static string Below(string directory, string name)
    {
        var path = Require(directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return path;
    }

    /// <summary>As <see cref="Below"/>, and makes nothing.</summary>
    public static string Require(string directory, string name)
    {
        var path = directory;
        RequireDirectory(path);
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

            RequireDirectory(path);
        }

        return Path.Combine(directory, name);
    }

    /// <summary>Refuses what can't become a directory, because a file lies there or on the way.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.AlreadyExists"/>.</exception>
    public static void RequireDirectory(string path)
    {
        for (var at = path; at is { Length: > 0 } && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            if (Path.Exists(at))
            {
                throw new UpdateException(
                    ErrorCodes.AlreadyExists,
                    at == path
                        ? $"{path} is a file, not a directory."
                        : $"{path} can't be a directory: {at} is a file.",
                    "Name another directory, or move the file away."
                );
            }
        }
    }
}
