using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using UpdateEngine.Native;

namespace UpdateEngine;

/// <summary>Each alone fixes the content of an image; which one is quicker depends on the processor.</summary>
public enum ImageDigestAlgorithm
{
    Sha256,

    /// <summary>BLAKE2b-512.</summary>
    Blake2b,
}

/// <summary>A digest of an image as it lies on the disk, after decoding.</summary>
/// <param name="Hex">64 digits for SHA-256, 128 for BLAKE2b, lower case.</param>
public readonly record struct ImageDigest(ImageDigestAlgorithm Algorithm, string Hex)
{
    /// <summary>SHA-256 where the processor has instructions for it, BLAKE2b, two to three times as fast, where it has not.</summary>
    public static ImageDigestAlgorithm Quickest { get; } =
        HasShaInstructions() ? ImageDigestAlgorithm.Sha256 : ImageDigestAlgorithm.Blake2b;

    public string? Sha256 => Algorithm == ImageDigestAlgorithm.Sha256 ? Hex : null;

    public string? Blake2b => Algorithm == ImageDigestAlgorithm.Blake2b ? Hex : null;

    /// <summary>The quicker of those that are known; null: none is.</summary>
    public static ImageDigest? Choose(string? sha256, string? blake2b) => Choose(sha256, blake2b, Quickest);

    internal static ImageDigest? Choose(string? sha256, string? blake2b, ImageDigestAlgorithm quickest) =>
        (sha256, blake2b) switch
        {
            (not null, null) => new(ImageDigestAlgorithm.Sha256, sha256),
            (null, not null) => new(ImageDigestAlgorithm.Blake2b, blake2b),
            (not null, not null) => quickest == ImageDigestAlgorithm.Sha256
                ? new(ImageDigestAlgorithm.Sha256, sha256)
                : new(ImageDigestAlgorithm.Blake2b, blake2b),
            _ => null,
        };

    /// <summary>The digests that are there have the right form.</summary>
    public static bool AreWellFormed(string? sha256, string? blake2b) =>
        IsHex(sha256, SHA256.HashSizeInBytes) && IsHex(blake2b, Native.Blake2b.DigestLength);

    private static bool IsHex(string? text, int bytes) =>
        text is null || (text.Length == 2 * bytes && text.All(char.IsAsciiHexDigitLower));

    private static bool HasShaInstructions()
    {
        const int ExtendedFeatures = 7;
        const int ShaBit = 1 << 29; // EBX, Intel SDM volume 2A, CPUID
        return System.Runtime.Intrinsics.Arm.Sha256.IsSupported
            || (
                X86Base.IsSupported
                && X86Base.CpuId(0, 0).Eax >= ExtendedFeatures
                && (X86Base.CpuId(ExtendedFeatures, 0).Ebx & ShaBit) != 0
            );
    }
}

/// <summary>Computes an <see cref="ImageDigest"/>, piece by piece. Not thread-safe.</summary>
public sealed class ImageHash : IDisposable
{
    private readonly IncrementalHash? _sha256;
    private readonly Blake2b? _blake2b;

    public ImageHash(ImageDigestAlgorithm algorithm)
    {
        if (algorithm == ImageDigestAlgorithm.Sha256)
        {
            _sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        }
        else
        {
            _blake2b = new Blake2b();
        }
    }

    public void Append(ReadOnlySpan<byte> data)
    {
        _sha256?.AppendData(data);
        _blake2b?.Append(data);
    }

    /// <summary>Of all that was appended. Nothing may follow.</summary>
    public ImageDigest Finish() =>
        _sha256 is not null
            ? new(ImageDigestAlgorithm.Sha256, Convert.ToHexStringLower(_sha256.GetHashAndReset()))
            : new(ImageDigestAlgorithm.Blake2b, Convert.ToHexStringLower(_blake2b!.Finish()));

    public void Dispose() => _sha256?.Dispose();
}
