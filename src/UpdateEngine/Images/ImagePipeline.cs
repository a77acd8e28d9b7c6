using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Images;

/// <summary>
/// Fetch | verify | decode | write | read back: one bounded pipeline of a few buffers, so memory does not grow with the image, and no
/// temporary copy is ever written. The order that keeps promise P1:
/// <list type="number">
/// <item>the compressed stream is read to its end, and its length and every digest must match the signed metadata (of a rest, that an
/// interrupted prepare left, the length alone: there the image has a signed digest of its own);</item>
/// <item>the decoded length must match the signed one, where there is one;</item>
/// <item>the slot is flushed;</item>
/// <item>the slot has been read back from the medium, past the page cache, each part after the flush that followed its write, and the digest
/// of it all must match.</item>
/// </list>
/// Whoever calls this has made the slot unbootable before, and marks it valid only after every image has come through.
/// </summary>
/// <param name="slot">The slot that does not run.</param>
/// <param name="progress">Told of every buffer.</param>
/// <param name="checkpoint">Bytes between two flushes: reading back trails the writing by as much.</param>
public sealed class ImagePipeline(
    SlotWriter slot,
    IProgress<TransferStep>? progress,
    long checkpoint = ImagePipeline.Checkpoint
)
{
    public const int BufferSize = 1024 * 1024;

    /// <summary>32 MiB: seldom enough not to hold the disk up, often enough that little is left to read when the last byte is written.</summary>
    public const long Checkpoint = 32L * BufferSize;

    /// <summary>8 MiB between decoder and disk: both keep working through each other's short stalls.</summary>
    private const int Buffers = 8;

    /// <summary>2 MiB between network and decoder: the digest of the file is computed beside the decoding.</summary>
    private const int FetchBuffers = 8;

    private const int FetchBufferSize = 256 * 1024;

    /// <summary>Most bytes of a file that are fetched in a second; null: as many as come.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>For <see cref="BytesPerSecond"/>.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <param name="job">Which image, and where in it <paramref name="source"/> begins.</param>
    /// <param name="source">Not read from yet.</param>
    /// <param name="stop">Ends it between two buffers; the slot stays as it is.</param>
    public async Task<PreparedImage> WriteAsync(ImageJob job, VerifiedStream source, CancellationToken stop)
    {
        var (role, target, signed) = (job.Role, job.Target, job.Signed);
        if (job.Start != default && signed is null)
        {
            throw new ArgumentException($"Only a signed digest proves what lies in the slot of {target}.", nameof(job));
        }

        var algorithm = signed?.Digest.Algorithm ?? ImageDigest.Quickest;
        await using var readBack = new ReadBack(slot, role, algorithm, stop);
        if (job.Start.Image > 0)
        {
            readBack.Follow(job.Start.Image);
        }

        var (length, written) = await StreamIntoSlotAsync(job, source, readBack, stop);
        // The decoder has seen the end of the source already; this says so whatever decoder it was.
        await source.CompleteAsync(stop);
        if (signed is not null && length != signed.Length)
        {
            throw WrongLength(target, signed, $"only {length}");
        }

        if (length == 0)
        {
            // Nothing would have been written: what an earlier release left in the partition would boot.
            throw new UpdateException(
                ErrorCodes.ImageCorrupt,
                $"{target} decodes to no bytes at all.",
                "Tell the publisher of the repository."
            );
        }

        slot.Flush();
        job.Flushed?.Invoke(new FrameBoundary(source.Length, length));
        var onMedium = await readBack.FinishAsync(length, Step($"{role} image, reading back", length));
        return Compared(job, length, onMedium, (signed?.Digest ?? written)!.Value);
    }

    /// <summary>For an image whose bytes all lie in the slot, as its checkpoint says: reads and compares them.</summary>
    public async Task<PreparedImage> ReadBackOnlyAsync(ImageJob job, RawImage signed, CancellationToken stop)
    {
        var report = Step($"{job.Role} image, reading back", signed.Length);
        var algorithm = signed.Digest.Algorithm;
        var onMedium = await SlotDigest.ComputeAsync(slot, job.Role, algorithm, signed.Length, report, stop);
        return Compared(job, signed.Length, onMedium, signed.Digest);
    }

    private PreparedImage Compared(ImageJob job, long length, ImageDigest onMedium, ImageDigest expected) =>
        onMedium == expected
            ? new PreparedImage(job.Target, length, onMedium.Sha256, onMedium.Blake2b)
            : throw new UpdateException(
                ErrorCodes.ReadBackMismatch,
                $"What was read back from the {job.Role} partition of slot {slot.Target.Name} is not what was written for {job.Target}: the disk, or the signed digest of the image, is wrong.",
                "Check the disk (smartctl, kernel log); the slot stays unbootable."
            );

    private async Task<(long Length, ImageDigest? Digest)> StreamIntoSlotAsync(
        ImageJob job,
        VerifiedStream source,
        ReadBack readBack,
        CancellationToken stop
    )
    {
        UpdateException publishers;
        using (var failed = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            await using var fetched = new ReadAhead(Paced(source), FetchBufferSize, FetchBuffers, failed.Token);
            await using var decoding = await DecodingStream.OpenAsync(fetched, job.Start, stop);
            await using var decoded = new ReadAhead(decoding, BufferSize, Buffers, failed.Token);
            try
            {
                return await WriteChunksAsync(job, decoded, decoding.Boundaries, readBack, stop);
            }
            catch (InvalidDataException e)
            {
                publishers = Undecodable(job.Target, e);
            }
            catch (UpdateException e) when (e.Code == ErrorCodes.ImageCorrupt || e.Code == ErrorCodes.SlotTooSmall)
            {
                publishers = e;
            }
            catch
            {
                // Nobody wants what is on its way.
                await failed.CancelAsync();
                throw;
            }
        }

        throw await BlameAsync(source, publishers, stop);
    }

    /// <summary>A stream that can't be used: tampered with on the way, or published broken? Its digest tells.</summary>
    /// <returns>What is wrong with the stream; the publisher's fault when it is the signed one.</returns>
    private static async Task<Exception> BlameAsync(
        VerifiedStream source,
        UpdateException publishers,
        CancellationToken stop
    )
    {
        try
        {
            await source.CompleteAsync(stop);
            return publishers;
        }
        catch (TransportException) when (publishers.InnerException is not InvalidDataException)
        {
            return publishers; // It can't be told; what is known comes first.
        }
        catch (Exception e)
        {
            return e;
        }
    }

    private static UpdateException Undecodable(string target, InvalidDataException fault) =>
        new(
            ErrorCodes.ImageCorrupt,
            $"{target} is what its publisher signed, but it can't be decoded: {fault.Message}.",
            "Tell the publisher of the repository.",
            fault
        );

    private async Task<(long Length, ImageDigest? Digest)> WriteChunksAsync(
        ImageJob job,
        ReadAhead decoded,
        FrameBoundaries boundaries,
        ReadBack readBack,
        CancellationToken stop
    )
    {
        var report = Step($"{job.Role} image", job.Signed?.Length ?? 0);
        using var hash = job.Signed is null ? new ImageHash(ImageDigest.Quickest) : null;
        var (length, flushed) = (job.Start.Image, job.Start.Image);
        for (var chunk = await decoded.NextAsync(stop); !chunk.IsEmpty; chunk = await decoded.NextAsync(stop))
        {
            if (job.Signed is { } signed && length + chunk.Length > signed.Length)
            {
                throw WrongLength(job.Target, signed, "more");
            }

            slot.Write(job.Role, length, chunk.Span);
            hash?.Append(chunk.Span);
            length += chunk.Length;
            report(length);
            if (length - flushed < checkpoint)
            {
                continue;
            }

            slot.Flush();
            flushed = length;
            readBack.Follow(flushed);
            if (boundaries.TakeUpTo(flushed) is { } boundary)
            {
                job.Flushed?.Invoke(boundary);
            }
        }

        return (length, hash?.Finish());
    }

    private Stream Paced(Stream source) => BytesPerSecond is { } rate ? new PacedStream(source, rate, Time) : source;

    private Action<long> Step(string what, long total) => done => progress?.Report(new TransferStep(what, done, total));

    private static UpdateException WrongLength(string target, RawImage signed, string found) =>
        new(
            ErrorCodes.ImageCorrupt,
            $"{target} should decode to {signed.Length} bytes by the manifest, but it holds {found}.",
            "Tell the publisher of the repository."
        );
}

/// <summary>An image for a slot.</summary>
/// <param name="Role">boot, root or hash.</param>
/// <param name="Target">Name of the TUF target, for messages and the journal.</param>
/// <param name="Signed">Length and digest of the decoded image from the manifest; null: computed while writing.</param>
public sealed record ImageJob(string Role, string Target, RawImage? Signed)
{
    /// <summary>Where the source begins; what comes before lies in the slot already. Other than the beginning only with <see cref="Signed"/>.</summary>
    public FrameBoundary Start { get; init; }

    /// <summary>Told of the last end of a frame that is on the medium, after each flush.</summary>
    public Action<FrameBoundary>? Flushed { get; init; }
}
