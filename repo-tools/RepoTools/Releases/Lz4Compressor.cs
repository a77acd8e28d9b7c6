using System.Security.Cryptography;
using UpdateEngine;
using UpdateEngine.Images;
using UpdateEngine.Native;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Compresses an image as one lz4 frame. Memory is a few MiB, whatever the image's size.</summary>
internal static class Lz4Compressor
{
    private const int PieceBytes = 4 * 1024 * 1024;

    /// <param name="total">Length of the image by its directory entry, in bytes; the frame's header states it.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ImageCorrupt"/> when the image changed its length meanwhile.</exception>
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
        using var encoder = new Lz4.Encoder(total, level);
        var length = 0L;
        var piece = new byte[PieceBytes];
        progress?.Report(new TransferStep(what, 0, total));
        await WriteAsync(encoder.Begin());
        int count;
        while ((count = await image.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancel)) > 0)
        {
            raw.Append(piece.AsSpan(0, count));
            await WriteAsync(encoder.Update(piece.AsSpan(0, count)));
            progress?.Report(new TransferStep(what, raw.Length, total));
        }

        if (raw.Length != total)
        {
            throw new UpdateException(
                ErrorCodes.ImageCorrupt,
                $"The {what} changed while it was read: {raw.Length} bytes instead of {total}.",
                "Run this again when its build has finished."
            );
        }

        await WriteAsync(encoder.Finish());
        return new CompressedImage(raw.Finish(), length, Convert.ToHexStringLower(digest.GetHashAndReset()));

        async Task WriteAsync(byte[] bytes)
        {
            await target.WriteAsync(bytes, cancel);
            digest.AppendData(bytes);
            length += bytes.Length;
        }
    }
}
