using System.Security.Cryptography;
using UpdateEngine.Images;
using UpdateEngine.Native;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>What compression made of an image.</summary>
/// <param name="Raw">The image itself.</param>
/// <param name="Length">Of the compressed file, in bytes.</param>
/// <param name="Sha256">Of the compressed file.</param>
internal sealed record CompressedImage(RawImage Raw, long Length, string Sha256);

/// <summary>
/// Compresses an image as independent zstd frames, so that cores work side by side here and a host may resume at a frame boundary there. Memory is
/// bounded by <see cref="MaxWorkers"/> frames, whatever the image's size.
/// </summary>
internal static class ImageCompressor
{
    /// <summary>Raw bytes of a frame; the format allows 32 MiB at most, and half of it makes resuming finer for less than 1 % of size.</summary>
    public const int FrameBytes = 16 * 1024 * 1024;

    /// <summary>Each worker holds one raw frame and its compressed form: about 32 MiB.</summary>
    public const int MaxWorkers = 8;

    /// <param name="what">Name of the work in <paramref name="progress"/>; the total is the image's length.</param>
    /// <param name="total">Length of the image by its directory entry, in bytes; for the progress only.</param>
    public static async Task<CompressedImage> CompressAsync(
        Stream image,
        Stream target,
        int level,
        string what,
        long total,
        IProgress<TransferStep>? progress,
        CancellationToken cancel
    )
    {
        using var raw = new RawDigest();
        using var digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (length, written) = (0L, 0L);
        var frames = new Queue<Task<(byte[] Frame, byte[] Raw, int RawLength)>>();
        var spare = new Stack<byte[]>();
        var workers = Math.Min(Environment.ProcessorCount, MaxWorkers);
        progress?.Report(new TransferStep(what, 0, total));
        try
        {
            while (true)
            {
                var piece = spare.TryPop(out var used) ? used : new byte[FrameBytes];
                var count = await image.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancel);
                if (count == 0)
                {
                    break;
                }

                raw.Append(piece.AsSpan(0, count));
                frames.Enqueue(
                    Task.Run(() => (Zstd.CompressFrame(piece.AsSpan(0, count), level), piece, count), cancel)
                );
                if (frames.Count >= workers)
                {
                    await WriteOldestAsync();
                }
            }
            while (frames.Count > 0)
            {
                await WriteOldestAsync();
            }
        }
        finally
        {
            await Task.WhenAll(frames)
                .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        return new CompressedImage(raw.Finish(), length, Convert.ToHexStringLower(digest.GetHashAndReset()));

        async Task WriteOldestAsync()
        {
            var (frame, piece, count) = await frames.Dequeue();
            await target.WriteAsync(frame, cancel);
            digest.AppendData(frame);
            length += frame.Length;
            written += count;
            spare.Push(piece);
            progress?.Report(new TransferStep(what, written, total));
        }
    }
}
