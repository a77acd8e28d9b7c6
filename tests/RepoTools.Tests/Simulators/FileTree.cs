using System.Security.Cryptography;

namespace RepoTools.Tests.Simulators;

/// <summary>What lies below a directory, for comparisons.</summary>
internal static class FileTree
{
    /// <summary>Relative path to digest.</summary>
    public static SortedDictionary<string, string> Of(string directory) =>
        new(
            Directory.Exists(directory)
                ? Directory
                    .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
                    .ToDictionary(
                        path => Path.GetRelativePath(directory, path),
                        path => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))
                    )
                : [],
            StringComparer.Ordinal
        );

    /// <summary>Of a repository, only what is served.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Served(string repository) =>
        Of(repository)
            .Where(file =>
                file.Key.StartsWith("metadata/", StringComparison.Ordinal)
                || file.Key.StartsWith("targets/", StringComparison.Ordinal)
            );
}
