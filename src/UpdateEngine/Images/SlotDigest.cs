using System.Security.Cryptography;

namespace UpdateEngine.Images;

/// <summary>SHA-256 of what lies on a slot's medium.</summary>
public static class SlotDigest
{
    public delegate void ReadRole(string role, long offset, Span<byte> buffer);

    /// <param name="dropCache">Called once before the first read, so that the bytes come from the medium and not from the page cache.</param>
    /// <returns>64 hex digits, lower case.</returns>
    public static string Compute(
        ReadRole read,
        string role,
        long length,
        Action<long>? progress,
        CancellationToken stop,
        Action<string, long>? dropCache = null
    )
    {
        dropCache?.Invoke(role, length);
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[ImagePipeline.BufferSize];
        for (long offset = 0; offset < length; )
        {
            stop.ThrowIfCancellationRequested();
            var chunk = buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - offset));
            read(role, offset, chunk);
            sha256.AppendData(chunk);
            offset += chunk.Length;
            progress?.Invoke(offset);
        }
        return Convert.ToHexStringLower(sha256.GetHashAndReset());
    }
}
