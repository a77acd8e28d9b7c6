using UpdateEngine.Images;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Updates;

/// <summary>
/// Looks at the first bytes of an image whose length the manifest does not sign, before the slot is touched: they may tell that it can't be written. They are a
/// stranger's word until the whole file has been verified, so it is fetched to its end before it is refused for them, and whatever else is wrong is
/// left to the writing to tell.
/// </summary>
internal static class ImageProbe
{
    /// <param name="capacity">Of the partition, in bytes.</param>
    /// <returns>Why it can't be written; null when nothing speaks against it yet.</returns>
    public static async Task<UpdateException?> FindFaultAsync(
        Repository repository,
        TargetFile target,
        long capacity,
        CancellationToken stop
    )
    {
        try
        {
            await using var source = await repository.OpenAsync(target, stop);
            var head = new byte[ImageHead.Size];
            var count = await source.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, stop);
            if (Fault(target, head.AsSpan(0, count), capacity) is not { } fault)
            {
                return null;
            }

            await source.CompleteAsync(stop);
            return fault;
        }
        catch (TufException)
        {
            return null;
        }
    }

    private static UpdateException? Fault(TargetFile target, ReadOnlySpan<byte> head, long capacity)
    {
        if (ImageHead.ForeignCompression(head) is { } name)
        {
            return new UpdateException(
                ErrorCodes.ImageCorrupt,
                $"{target.Name} is what its publisher signed, but it can't be decoded: it is compressed with {name}.",
                "Nothing was written. Tell the publisher of the repository."
            );
        }

        return ImageHead.LeastLength(head, target.Length) is { } length && length > capacity
            ? new UpdateException(
                ErrorCodes.SlotTooSmall,
                $"The image in {target.Name} has {length} bytes or more, but its partition holds {capacity}.",
                "Nothing was written. This release needs a host with larger slots."
            )
            : null;
    }
}
