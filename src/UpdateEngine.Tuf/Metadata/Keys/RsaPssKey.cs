using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace UpdateEngine.Tuf.Metadata.Keys;

/// <summary>
/// RSASSA-PSS (RFC 8017, section 8.1) with SHA-256 for message and mask, and a salt of any length, which the signature itself tells. The
/// framework takes only a salt as long as the digest, and signers use the longest one too, so the encoding is checked here. Nothing is
/// secret: time need not be constant.
/// </summary>
internal sealed class RsaPssKey : KeyMaterial
{
    // A modulus below is broken, one above (or a long exponent) makes every verification costly.
    private const int MinBits = 2048;
    private const int MaxBits = 16_384;
    private const int MaxExponentBits = 64;

    private const int HashLength = SHA256.HashSizeInBytes;
    private const byte Trailer = 0xBC;

    private readonly BigInteger _modulus;
    private readonly BigInteger _exponent;

    private RsaPssKey(BigInteger modulus, BigInteger exponent)
    {
        _modulus = modulus;
        _exponent = exponent;
    }

    public override string Identity => $"rsa {_modulus:x} {_exponent:x}";

    /// <summary>Null when the text is no RSA key, or one of a size that is not taken.</summary>
    public static RsaPssKey? TryRead(string pem)
    {
        var info = SubjectPublicKeyInfo.TryRead(pem);
        return info?.Algorithm is SubjectPublicKeyInfo.RsaOid ? TryRead(info.Key) : null;
    }

    public override bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature)
    {
        var bits = checked((int)_modulus.GetBitLength());
        if (signature.Length != (bits + 7) / 8)
        {
            return false;
        }

        var s = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        if (s >= _modulus)
        {
            return false;
        }

        // RFC 8017, section 8.1.2, step 2: the encoded message has one bit less than the modulus.
        var encoded = new byte[(bits - 1 + 7) / 8];
        var m = BigInteger.ModPow(s, _exponent, _modulus);
        var length = m.GetByteCount(isUnsigned: true);
        return length <= encoded.Length
            && m.TryWriteBytes(encoded.AsSpan(encoded.Length - length), out _, isUnsigned: true, isBigEndian: true)
            && IsEncodingOf(message, encoded, unusedBits: 8 * encoded.Length - (bits - 1));
    }

    /// <summary>EMSA-PSS-VERIFY (section 9.1.2); the numbers are its steps.</summary>
    private static bool IsEncodingOf(ReadOnlySpan<byte> message, Span<byte> encoded, int unusedBits)
    {
        // 4, 5, 6
        if (encoded[^1] != Trailer)
        {
            return false;
        }

        var data = encoded[..^(HashLength + 1)];
        var hash = encoded.Slice(data.Length, HashLength);
        if (data[0] >> (8 - unusedBits) != 0)
        {
            return false;
        }
        // 7, 8, 9
        Unmask(data, hash);
        data[0] &= (byte)(0xFF >> unusedBits);
        // 10, but for the number of zeros: what follows the 1 is the salt, however long it is.
        var one = data.IndexOfAnyExcept((byte)0);
        if (one < 0 || data[one] != 1)
        {
            return false;
        }
        // 11, 12, 13, 14
        using var expected = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        expected.AppendData(stackalloc byte[8]);
        expected.AppendData(SHA256.HashData(message));
        expected.AppendData(data[(one + 1)..]);
        return expected.GetHashAndReset().AsSpan().SequenceEqual(hash);
    }

    // MGF1 (section B.2.1), exclusive-ored onto the data.
    private static void Unmask(Span<byte> data, ReadOnlySpan<byte> seed)
    {
        Span<byte> input = stackalloc byte[HashLength + sizeof(int)];
        Span<byte> mask = stackalloc byte[HashLength];
        seed.CopyTo(input);
        for (var (counter, done) = (0, 0); done < data.Length; counter++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(input[HashLength..], counter);
            SHA256.HashData(input, mask);
            for (var i = 0; i < HashLength && done < data.Length; i++, done++)
            {
                data[done] ^= mask[i];
            }
        }
    }

    private static RsaPssKey? TryRead(byte[] der)
    {
        try
        {
            var key = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
            var modulus = key.ReadInteger();
            var exponent = key.ReadInteger();
            key.ThrowIfNotEmpty();
            return
                modulus.Sign > 0
                && modulus.GetBitLength() is >= MinBits and <= MaxBits
                && exponent > 1
                && !exponent.IsEven
                && exponent.GetBitLength() <= MaxExponentBits
                ? new RsaPssKey(modulus, exponent)
                : null;
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
