using System.Security.Cryptography;

namespace UpdateEngine.Tuf.Metadata.Keys;

/// <summary>
/// ECDSA (FIPS 186-5, section 6): a point in hexadecimal or in PEM; signatures are DER sequences of two integers (RFC 3279, section 2.2.3).
/// </summary>
internal sealed class EcdsaKey : KeyMaterial
{
    private readonly EllipticCurve _curve;
    private readonly ECPoint _point;

    private EcdsaKey(EllipticCurve curve, ECPoint point)
    {
        _curve = curve;
        _point = point;
    }

    public override string Identity =>
        $"{_curve.Name} {Convert.ToHexStringLower(_point.X!)} {Convert.ToHexStringLower(_point.Y!)}";

    public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        try
        {
            using var key = ECDsa.Create(new ECParameters { Curve = _curve.Curve, Q = _point });
            return key.VerifyData(message, signature, _curve.Digest, DSASignatureFormat.Rfc3279DerSequence);
        }
        catch (CryptographicException)
        {
            // Some shapes of what is no signature are thrown for instead of denied.
            return false;
        }
    }

    /// <summary>Null when the text is not a point of this curve.</summary>
    public static EcdsaKey? TryRead(EllipticCurve curve, string value) =>
        PointBytes(curve, value) is { } bytes && curve.TryReadPoint(bytes) is { } point
            ? new EcdsaKey(curve, point)
            : null;

    private static byte[]? PointBytes(EllipticCurve curve, string value)
    {
        if (value.Length > 0 && value.Length % 2 == 0 && value.All(char.IsAsciiHexDigit))
        {
            return Convert.FromHexString(value);
        }

        var info = SubjectPublicKeyInfo.TryRead(value);
        return info?.Algorithm is SubjectPublicKeyInfo.EcOid && info.Curve == curve.Oid ? info.Key : null;
    }
}
