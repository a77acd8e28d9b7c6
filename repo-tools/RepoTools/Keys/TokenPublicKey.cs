using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using RepoTools.Native;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>The public half of a private key in a token, out of the attributes of both objects.</summary>
internal static class TokenPublicKey
{
    private const nuint KeyType = 0x100; // CKA_KEY_TYPE
    private const nuint Modulus = 0x120; // CKA_MODULUS
    private const nuint Exponent = 0x122; // CKA_PUBLIC_EXPONENT
    private const nuint EcParameters = 0x180; // CKA_EC_PARAMS
    private const nuint EcPoint = 0x181; // CKA_EC_POINT
    private const int Rsa = 0; // CKK_RSA
    private const int Ec = 3; // CKK_EC
    private const int EcEdwards = 0x40; // CKK_EC_EDWARDS
    private const int Ed25519Length = 32;

    public static PublicKey Read(Cryptoki module, nuint session, nuint key, TokenUri uri)
    {
        try
        {
            return (module.Value(session, key, KeyType)?[0] ?? -1) switch
            {
                Rsa => FromRsa(
                    module.Value(session, key, Modulus) ?? throw Unusable(uri, "the token does not tell its modulus"),
                    module.Value(session, key, Exponent) ?? OfPublic(module, session, key, Exponent, uri)
                ),
                Ec => FromCurve(
                    module.Value(session, key, EcParameters) ?? OfPublic(module, session, key, EcParameters, uri),
                    OfPublic(module, session, key, EcPoint, uri)
                ),
                EcEdwards => FromEdwards(OfPublic(module, session, key, EcPoint, uri), uri),
                _ => throw Unusable(uri, "it is no Ed25519, ECDSA or RSA key"),
            };
        }
        catch (Exception e) when (e is TufException or AsnContentException or CryptographicException)
        {
            throw Unusable(uri, e.Message.TrimEnd('.'), e);
        }
    }

    // A private key does not tell its point; the public one beside it, with the same id, does.
    private static byte[] OfPublic(Cryptoki module, nuint session, nuint key, nuint type, TokenUri uri)
    {
        var same = ((nuint[])[TokenChoice.Id, TokenChoice.Label])
            .Select(name => (Name: name, Value: module.Value(session, key, name)))
            .Where(a => a.Value is { Length: > 0 })
            .Select(a => new ObjectAttribute(a.Name, a.Value!));
        var found = module.Find(
            session,
            [TokenChoice.Number(TokenChoice.Class, TokenChoice.PublicKeyClass), .. same],
            limit: 2
        );
        return found is [var one] && module.Value(session, one, type) is { } value
            ? value
            : throw Unusable(uri, "the token has not exactly one public key with the same id and label beside it");
    }

    private static PublicKey FromRsa(byte[] modulus, byte[] exponent)
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = Trim(modulus), Exponent = Trim(exponent) });
        return PublicKeyPem.FromSpki(rsa.ExportSubjectPublicKeyInfo());
    }

    private static byte[] Trim(byte[] number) =>
        new BigInteger(number, isUnsigned: true, isBigEndian: true).ToByteArray(isUnsigned: true, isBigEndian: true);

    // SubjectPublicKeyInfo from its two parts (RFC 5480, section 2); the parameters are those of the token, in DER.
    private static PublicKey FromCurve(byte[] parameters, byte[] point)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.2.1");
                writer.WriteEncodedValue(parameters);
            }

            writer.WriteBitString(Unwrapped(point));
        }

        return PublicKeyPem.FromSpki(writer.Encode());
    }

    private static PublicKey FromEdwards(byte[] point, TokenUri uri)
    {
        var key = Unwrapped(point);
        return key.Length == Ed25519Length
            ? PublicKey.FromEd25519(key)
            : throw Unusable(uri, "it is on another Edwards curve than Ed25519's");
    }

    // An octet string by the specification; some tokens, and SoftHSM for imported keys, give the bytes without it.
    private static byte[] Unwrapped(byte[] point)
    {
        if (point.Length == Ed25519Length || point is not [0x04, ..])
        {
            return point;
        }

        try
        {
            var reader = new AsnReader(point, AsnEncodingRules.DER);
            var inner = reader.ReadOctetString();
            return reader.HasData ? point : inner;
        }
        catch (AsnContentException)
        {
            // 04 also starts an uncompressed point.
            return point;
        }
    }

    private static UpdateException Unusable(TokenUri uri, string why, Exception? inner = null) =>
        new(
            ErrorCodes.KeyUnusable,
            $"{uri.Name} can't be used: {why}.",
            "Keep the public key beside the private one in the token, with the same id.",
            inner
        );
}
