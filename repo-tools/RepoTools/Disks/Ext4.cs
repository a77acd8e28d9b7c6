using System.Diagnostics;
using System.Globalization;
using UpdateEngine;

namespace RepoTools.Disks;

/// <summary>Makes ext4 file systems inside a disk image with mke2fs (Debian: e2fsprogs), which needs neither root nor a loop device.</summary>
internal static class Ext4
{
    private const string Program = "mke2fs";

    /// <summary>Longest part of its complaint that is shown, in characters.</summary>
    private const int MaxComplaint = 400;

    /// <summary>Its path; null when it is not installed. Debian keeps it where only root's PATH looks.</summary>
    public static string? FindTool() =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin"
            .Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => Path.Combine(directory, Program))
            .FirstOrDefault(File.Exists);

    /// <param name="offset">Where the file system begins in the image, in bytes.</param>
    /// <param name="length">Its size in bytes.</param>
    public static async Task MakeAsync(
        string tool,
        string image,
        long offset,
        long length,
        string label,
        CancellationToken cancel
    )
    {
        var start = new ProcessStartInfo(
            tool,
            [
                "-q",
                "-F",
                "-t",
                "ext4",
                "-L",
                label,
                "-E",
                $"offset={offset.ToString(CultureInfo.InvariantCulture)}",
                image,
                $"{length / 1024}k",
            ]
        )
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(cancel);
        var complaint = (await process.StandardError.ReadToEndAsync(cancel)).Trim();
        _ = await output;
        await process.WaitForExitAsync(cancel);
        if (process.ExitCode != 0)
        {
            var why = complaint.Length > MaxComplaint ? complaint[..MaxComplaint] : complaint;
            throw new UpdateException(
                ErrorCodes.FormatFailed,
                $"{Program} could not make the file system \"{label}\" of {image}: {why.ReplaceLineEndings(" ").TrimEnd('.')}.",
                "Give a larger --size-private or --size-data, or look at the space on this machine's disk."
            );
        }
    }
}
