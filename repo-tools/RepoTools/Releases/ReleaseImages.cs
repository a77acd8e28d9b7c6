using RepoTools.Publishing;
using UpdateEngine;
using UpdateEngine.Images;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Compresses the images of a release into the draft.</summary>
internal static class ReleaseImages
{
    /// <summary>Below this, nothing can be a file system or a kernel; an empty file is a build that failed.</summary>
    private const int MinBytes = 1;

    /// <summary>&lt;variant&gt;-&lt;arch&gt;-&lt;version&gt;-&lt;role&gt;.img.zst</summary>
    public static string TargetName(string variant, string arch, SemanticVersion version, string role) =>
        $"{variant}-{arch}-{version}-{role}.img.zst";

    /// <summary>Every refusal before the first byte is compressed.</summary>
    public static void Check(IReadOnlyDictionary<string, string> images)
    {
        foreach (var (role, path) in images)
        {
            Files.RequireExists(path, $"Give the {role} image with --{role}.");
            if (new FileInfo(path).Length < MinBytes)
            {
                throw new UpdateException(
                    ErrorCodes.ImageCorrupt,
                    $"The {role} image {path} is empty.",
                    "Build it again."
                );
            }
        }
    }

    /// <param name="images">Role to file.</param>
    /// <param name="nameOf">Role to target name.</param>
    /// <returns>Role to what came out.</returns>
    public static async Task<SortedDictionary<string, CompressedImage>> CompressAsync(
        Workspace workspace,
        IReadOnlyDictionary<string, string> images,
        Func<string, string> nameOf,
        int level,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var done = new SortedDictionary<string, CompressedImage>(StringComparer.Ordinal);
        Directory.CreateDirectory(workspace.Draft);
        // One after the other: each uses all cores by itself, and memory stays that of one.
        foreach (var (role, path) in images)
        {
            done[role] = await CompressAsync(path, workspace.DraftFile(nameOf(role)), role, level, progress, cancel);
        }

        return done;
    }

    private static async Task<CompressedImage> CompressAsync(
        string path,
        string target,
        string role,
        int level,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var partial = target + ".partial";
        try
        {
            CompressedImage compressed;
            await using (var image = File.OpenRead(path))
            await using (var output = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                compressed = await ImageCompressor.CompressAsync(
                    image,
                    output,
                    level,
                    $"{role} image",
                    image.Length,
                    progress,
                    cancel
                );
                output.Flush(flushToDisk: true);
            }
            Files.MoveFlushed(partial, target);
            return compressed;
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
