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
    public static string TargetName(
        string variant,
        string arch,
        SemanticVersion version,
        string role,
        Compression compression
    ) => $"{variant}-{arch}-{version}-{role}.img.{compression.Extension}";

    /// <summary>Every refusal before the first byte is compressed.</summary>
    public static void Check(IReadOnlyDictionary<string, string> images)
    {
        foreach (var (role, path) in images)
        {
            Check($"{role} image", path, $"Give the {role} image with --{role}.");
        }
    }

    /// <param name="what">What the file is, for messages.</param>
    public static void Check(string what, string path, string next)
    {
        Files.RequireExists(path, next);
        if (new FileInfo(path).Length < MinBytes)
        {
            throw new UpdateException(ErrorCodes.ImageCorrupt, $"The {what} {path} is empty.", "Build it again.");
        }
    }

    /// <param name="images">Role to file.</param>
    /// <param name="nameOf">Role to target name.</param>
    /// <returns>Role to what came out.</returns>
    public static async Task<SortedDictionary<string, CompressedImage>> CompressAsync(
        Workspace workspace,
        IReadOnlyDictionary<string, string> images,
        Func<string, string> nameOf,
        Compression compression,
        int? level,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var done = new SortedDictionary<string, CompressedImage>(StringComparer.Ordinal);
        // One after the other: each uses all cores by itself, and memory stays that of one.
        foreach (var (role, path) in images)
        {
            var target = workspace.DraftFile(nameOf(role));
            done[role] = await CompressAsync(path, target, $"{role} image", compression, level, progress, cancel);
        }

        return done;
    }

    /// <param name="what">What the file is, for messages and progress.</param>
    /// <param name="level">null for the usual one.</param>
    public static async Task<CompressedImage> CompressAsync(
        string path,
        string target,
        string what,
        Compression compression,
        int? level,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        var partial = target + ".partial";
        try
        {
            CompressedImage compressed;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            await using (var image = File.OpenRead(path))
            await using (var output = new FileStream(partial, FileMode.Create, FileAccess.Write))
            {
                var hard = level ?? compression.DefaultLevel;
                compressed =
                    compression == Compression.Lz4
                        ? await Lz4Compressor.CompressAsync(image, output, hard, what, image.Length, progress, cancel)
                        : await ImageCompressor.CompressAsync(
                            image,
                            output,
                            hard,
                            what,
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
