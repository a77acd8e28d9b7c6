using System.Threading.Channels;
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
/// <item>the compressed stream is read to its end, and its length and every digest must match the signed metadata;</item>
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

    /// <summary>64 MiB: seldom enough not to hold the disk up, often enough that little is left to read when the last byte is written.</summary>
    public const long Checkpoint = 64L * BufferSize;

    /// <summary>8 MiB between decoder and disk: both keep working through each other's short stalls.</summary>
    private const int Buffers = 8;

    /// <param name="role">boot, root or hash.</param>
    /// <param name="target">Name of the TUF target, for messages and the journal.</param>
    /// <param name="source">Not read from yet.</param>
    /// <param name="signed">Length and digest of the decoded image from the manifest; null: computed while writing.</param>
    public async Task<PreparedImage> WriteAsync(
        string role,
        string target,
        VerifiedStream source,
        RawImage? signed,
        CancellationToken stop
    )
    {
        var expected = signed?.Digest;
        var algorithm = expected?.Algorithm ?? ImageDigest.Quickest;
        await using var readBack = new ReadBack(slot, role, algorithm, stop);
        var (length, written) = await StreamIntoSlotAsync(role, target, source, signed, readBack, stop);
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
        var onMedium = await readBack.FinishAsync(length, Step($"{role} image, reading back", length));
        if (onMedium != (expected ?? written))
        {
            throw new UpdateException(
                ErrorCodes.ReadBackMismatch,
                $"What was read back from the {role} partition of slot {slot.Target.Name} is not what was written for {target}: the disk, or the signed digest of the image, is wrong.",
                "Check the disk (smartctl, kernel log); the slot stays unbootable."
            );
        }

        return new PreparedImage(target, length, onMedium.Sha256, onMedium.Blake2b);
    }

    private async Task<(long Length, ImageDigest? Digest)> StreamIntoSlotAsync(
        string role,
        string target,
        VerifiedStream source,
        RawImage? signed,
        ReadBack readBack,
        CancellationToken stop
    )
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var free = Channel.CreateBounded<Memory<byte>>(Buffers);
        var full = Channel.CreateBounded<Chunk>(Buffers);
        for (var i = 0; i < Buffers; i++)
        {
            free.Writer.TryWrite(AlignedBuffer.Allocate(BufferSize));
        }

        var decoding = Task.Run(
            () => DecodeAsync(target, source, free.Reader, full.Writer, failed.Token),
            CancellationToken.None
        );
        try
        {
            return await WriteChunksAsync(role, target, signed, full.Reader, free.Writer, readBack, stop);
        }
        catch (UpdateException e) when (e.Code == ErrorCodes.ImageCorrupt || e.Code == ErrorCodes.SlotTooSmall)
        {
            // Too long: published so, or tampered with on the way?
            await failed.CancelAsync();
            await decoding;
            throw await BlameAsync(source, e, stop);
        }
        finally
        {
            // Whichever side failed, the other one ends before the stream and the slot are used again.
            await failed.CancelAsync();
            await decoding;
        }
    }

    /// <summary>Never throws: what went wrong travels down the channel, behind the last good chunk.</summary>
    private static async Task DecodeAsync(
        string target,
        VerifiedStream source,
        ChannelReader<Memory<byte>> free,
        ChannelWriter<Chunk> full,
        CancellationToken stop
    )
    {
        try
        {
            await using var decoded = await DecodingStream.OpenAsync(source, stop);
            int count;
            do
            {
                var buffer = await free.ReadAsync(stop);
                count = await decoded.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
                await full.WriteAsync(new Chunk(buffer, count), stop);
            } while (count > 0);
            full.Complete();
        }
        catch (InvalidDataException e)
        {
            full.Complete(await BlameAsync(source, Undecodable(target, e), stop));
        }
        catch (Exception e)
        {
            full.Complete(e);
        }
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
        string role,
        string target,
        RawImage? signed,
        ChannelReader<Chunk> full,
        ChannelWriter<Memory<byte>> free,
        ReadBack readBack,
        CancellationToken stop
    )
    {
        var report = Step($"{role} image", signed?.Length ?? 0);
        using var hash = signed is null ? new ImageHash(ImageDigest.Quickest) : null;
        var (length, flushed) = (0L, 0L);
        await foreach (var chunk in full.ReadAllAsync(stop))
        {
            if (signed is not null && length + chunk.Count > signed.Length)
            {
                throw WrongLength(target, signed, "more");
            }

            slot.Write(role, length, chunk.Bytes);
            hash?.Append(chunk.Bytes);
            length += chunk.Count;
            report(length);
            await free.WriteAsync(chunk.Buffer, stop);
            if (length - flushed >= checkpoint)
            {
                slot.Flush();
                flushed = length;
                readBack.Follow(flushed);
            }
        }
        return (length, hash?.Finish());
    }

    private Action<long> Step(string what, long total) => done => progress?.Report(new TransferStep(what, done, total));

    private static UpdateException WrongLength(string target, RawImage signed, string found) =>
        new(
            ErrorCodes.ImageCorrupt,
            $"{target} should decode to {signed.Length} bytes by the manifest, but it holds {found}.",
            "Tell the publisher of the repository."
        );

    private readonly record struct Chunk(Memory<byte> Buffer, int Count)
    {
        public ReadOnlySpan<byte> Bytes => Buffer.Span[..Count];
    }
}
