using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace UpdateEngine.Tuf.Metadata.Keys;

/// <summary>NIST's curves y² = x³ - 3x + b over a prime field (SP 800-186, section 3.2.1), and the digest that goes with each.</summary>
internal sealed class EllipticCurve
{
    public const string P256Oid = "1.2.840.10045.3.1.7";
    public const string P384Oid = "1.3.132.0.34";

    public static readonly EllipticCurve P256 = new(
        "nistp256",
        P256Oid,
        ECCurve.NamedCurves.nistP256,
        HashAlgorithmName.SHA256,
        "0ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        "05ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"
    );

    public static readonly EllipticCurve P384 = new(
        "nistp384",
        P384Oid,
        ECCurve.NamedCurves.nistP384,
        HashAlgorithmName.SHA384,
        "0fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        "0b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"
    );

    private readonly BigInteger _p;
    private readonly BigInteger _b;

    private EllipticCurve(string name, string oid, ECCurve curve, HashAlgorithmName digest, string p, string b)
    {
        Name = name;
        Oid = oid;
        Curve = curve;
        Digest = digest;
        _p = BigInteger.Parse(p, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        _b = BigInteger.Parse(b, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        Size = _p.GetByteCount(isUnsigned: true);
    }

    public string Name { get; }

    public string Oid { get; }

    public ECCurve Curve { get; }

    public HashAlgorithmName Digest { get; }

    /// <summary>Bytes of a coordinate.</summary>
    private int Size { get; }

    /// <summary>SEC 1, section 2.3.4: 04 x y, or 02 or 03 for the sign of y, and x. Null when there is no such point.</summary>
    public ECPoint? TryReadPoint(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length == 1 + 2 * Size && bytes[0] == 4)
        {
            return TryPoint(Coordinate(bytes.Slice(1, Size)), Coordinate(bytes[(1 + Size)..]));
        }

        if (bytes.Length == 1 + Size && bytes[0] is 2 or 3)
        {
            return TryDecompress(Coordinate(bytes[1..]), odd: bytes[0] == 3);
        }

        return null;
    }

    private ECPoint? TryDecompress(BigInteger x, bool odd)
    {
        // Both primes are 3 modulo 4, where this power is a square root of whatever has one; TryPoint finds out whether it has.
        var y = BigInteger.ModPow(RightSide(x), (_p + 1) / 4, _p);
        return TryPoint(x, y.IsEven == odd ? _p - y : y);
    }

    private ECPoint? TryPoint(BigInteger x, BigInteger y)
    {
        if (x >= _p || y >= _p || (y * y - RightSide(x)) % _p != 0)
        {
            return null;
        }

        return new ECPoint { X = Bytes(x), Y = Bytes(y) };
    }

    private BigInteger RightSide(BigInteger x) => ((x * x * x - 3 * x + _b) % _p + _p) % _p;

    private static BigInteger Coordinate(ReadOnlySpan<byte> bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

    private byte[] Bytes(BigInteger value)
    {
        var bytes = new byte[Size];
        var written = value.GetByteCount(isUnsigned: true);
        value.TryWriteBytes(bytes.AsSpan(Size - written), out _, isUnsigned: true, isBigEndian: true);
        return bytes;
    }
}
