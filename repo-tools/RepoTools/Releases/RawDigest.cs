using UpdateEngine;
using UpdateEngine.Releases;

namespace RepoTools.Releases;

/// <summary>Both digests of an image, so that every host finds the one that its processor computes quickly.</summary>
internal sealed class RawDigest : IDisposable
{
    private readonly ImageHash _sha256 = new(ImageDigestAlgorithm.Sha256);
    private readonly ImageHash _blake2b = new(ImageDigestAlgorithm.Blake2b);

    /// <summary>Bytes so far.</summary>
    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        _sha256.Append(data);
        _blake2b.Append(data);
        Length += data.Length;
    }

    /// <summary>Of all that was appended. Nothing may follow.</summary>
    public RawImage Finish() => new(Length, _sha256.Finish().Hex, _blake2b.Finish().Hex);

    public void Dispose()
    {
        _sha256.Dispose();
        _blake2b.Dispose();
    }
}
