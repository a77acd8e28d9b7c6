using Microsoft.Win32.SafeHandles;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Serving;

/// <summary>Opens a file that is to be served: a plain file below metadata/ or targets/, wherever links lead.</summary>
internal static class ServedFile
{
    /// <summary>As many links in a row as the kernel follows.</summary>
    private const int MaxLinks = 40;

    /// <param name="root">The repository; see <see cref="RealPath"/>.</param>
    /// <param name="segments">See <see cref="ServedPath"/>; the first is the one of the two directories.</param>
    /// <returns>Null for what is not there, is no plain file (a pipe would keep its reader waiting), or lies elsewhere.</returns>
    public static FileStream? Open(string root, string[] segments)
    {
        SafeFileHandle? file = null;
        try
        {
            file = DurableFile.OpenPlain(Path.Join([root, .. segments]), out _);
            if (IsBelow(PathOf(file), Path.Join(root, segments[0])))
            {
                var stream = new FileStream(file, FileAccess.Read);
                file = null;
                return stream;
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
        finally
        {
            file?.Dispose();
        }
    }

    /// <summary>A path without links. What is not there stays as it is.</summary>
    /// <exception cref="IOException">Links lead in circles.</exception>
    public static string RealPath(string path) => RealPath(Path.GetFullPath(path), MaxLinks);

    private static string RealPath(string path, int links)
    {
        var real = "/";
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Join(real, segment);
            real =
                new FileInfo(next).LinkTarget is not { } target ? next
                : links > 0 ? RealPath(Path.GetFullPath(target, real), links - 1)
                : throw new IOException($"The links of {path} lead in circles.");
        }

        return real;
    }

    /// <summary>Where the open file itself lies: a link that is changed between a look and the opening deceives nobody.</summary>
    private static string? PathOf(SafeFileHandle file) =>
        new FileInfo($"/proc/self/fd/{file.DangerousGetHandle()}").LinkTarget;

    private static bool IsBelow(string? path, string directory) =>
        path?.StartsWith($"{directory}/", StringComparison.Ordinal) == true;
}
