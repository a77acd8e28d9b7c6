using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>Reads small files whole, within a limit.</summary>
internal static class WholeFile
{
    private const int FirstBuffer = 16_384;

    // One byte more than allowed is enough to know.
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(
        TransportResponse response,
        string role,
        int limit,
        CancellationToken ct
    )
    {
        // One buffer where the announced length is right; it grows where there is none, and is never trusted to be enough.
        var buffer = new byte[Math.Min(response.Length ?? FirstBuffer, limit) + 1];
        for (var length = 0; ; )
        {
            var count = await response.Content!.ReadAsync(buffer.AsMemory(length), ct);
            length += count;
            if (length > limit)
            {
                throw new TooLargeException(role, limit);
            }

            if (count == 0)
            {
                return buffer.AsMemory(0, length);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * length, limit + 1L));
            }
        }
    }
}
