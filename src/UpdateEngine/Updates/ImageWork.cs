using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Updates;

/// <summary>One image that prepare writes.</summary>
internal sealed record PlannedImage(string Role, TargetFile Target, RawImage? Raw)
{
    /// <summary>Tells this file from every other: one of its signed digests.</summary>
    public string FileDigest { get; } =
        Target.Hashes.Values.OrderBy(d => d.Key, StringComparer.Ordinal).Select(d => $"{d.Key}:{d.Value}").First();

    /// <summary>What an earlier prepare left of this image can be gone on with: same file, and there is a signed digest that proves the whole.</summary>
    public bool Continues(ImageCheckpoint checkpoint) =>
        Raw is not null
        && checkpoint.Target == Target.Name
        && checkpoint.FileDigest == FileDigest
        && checkpoint.FileOffset > 0
        && checkpoint.FileOffset <= Target.Length
        && checkpoint.ImageOffset > 0
        && checkpoint.ImageOffset <= Raw.Length;
}

/// <summary>
/// Brings one image into its partition. What an interrupted prepare has flushed is not fetched again; but it is read back with the rest, and only the
/// signed digest of the whole image makes it count. Where that fails, or the rest is refused or does not come, all of it is fetched, once.
/// </summary>
/// <param name="keep">Takes each new checkpoint, when the bytes that it speaks of are on the medium; null: nothing is to be gone on with.</param>
internal sealed class ImageWork(
    Repository repository,
    ImagePipeline pipeline,
    Action<PlannedImage, ImageCheckpoint?> keep
)
{
    public async Task<PreparedImage> BringAsync(PlannedImage image, ImageCheckpoint? reached, CancellationToken stop)
    {
        if (reached is not null && await TryContinueAsync(image, reached, stop) is { } continued)
        {
            return continued;
        }

        await using var source = await repository.OpenAsync(image.Target, stop);
        try
        {
            return await WriteAsync(image, source, default, stop);
        }
        catch (Exception e) when (IsWrong(e))
        {
            // The next prepare would only find the same.
            keep(image, null);
            throw;
        }
    }

    /// <returns>Null when all of the image is to be fetched.</returns>
    private async Task<PreparedImage?> TryContinueAsync(
        PlannedImage image,
        ImageCheckpoint reached,
        CancellationToken stop
    )
    {
        var goesOn = false;
        try
        {
            if (reached.FileOffset == image.Target.Length)
            {
                return await pipeline.ReadBackOnlyAsync(Job(image), image.Raw!, stop);
            }

            var point = new ResumePoint(reached.FileOffset, reached.Validator);
            await using var source = await repository.OpenRestAsync(image.Target, point, stop);
            // A server without ranges, or with another state of the file, sends all of it.
            var start = source.StartedAt == 0 ? default : new FrameBoundary(reached.FileOffset, reached.ImageOffset);
            return await WriteAsync(image, source, start, stop, () => goesOn = true);
        }
        catch (Exception e) when (e is NotFoundException || (e is TransportException t && !(t.IsTransient && goesOn)))
        {
            // A server, or a cache before it, that makes a mess of ranges may do the whole. The checkpoint is none the worse. Where the rest came
            // on to a new one before the transfer failed, the next prepare goes on from there; otherwise each of them would only fail here again.
            return null;
        }
        catch (Exception e) when (IsWrong(e))
        {
            keep(image, null);
            return null;
        }
    }

    private Task<PreparedImage> WriteAsync(
        PlannedImage image,
        VerifiedStream source,
        FrameBoundary start,
        CancellationToken stop,
        Action? kept = null
    )
    {
        return pipeline.WriteAsync(
            Job(image) with
            {
                Start = start,
                Flushed = image.Raw is null ? null : Keep,
            },
            source,
            stop
        );

        void Keep(FrameBoundary boundary)
        {
            keep(image, Checkpoint(image, boundary, source));
            kept?.Invoke();
        }
    }

    private static ImageJob Job(PlannedImage image) => new(image.Role, image.Target.Name, image.Raw);

    private static ImageCheckpoint Checkpoint(PlannedImage image, FrameBoundary boundary, VerifiedStream source) =>
        new(image.Target.Name, image.FileDigest, boundary.Source, boundary.Image, source.Validator);

    /// <summary>The bytes are wrong; not: they do not come, or the disk fails.</summary>
    private static bool IsWrong(Exception error) =>
        error is LengthOrDigestMismatchException or TooLargeException
        || (
            error is UpdateException { Code: var code }
            && (code == ErrorCodes.ImageCorrupt || code == ErrorCodes.ReadBackMismatch)
        );
}
