using System.Formats.Asn1;

namespace RepoTools.Keys;

/// <summary>Tokens give r and s one after the other; TUF wants the DER sequence of both (RFC 3279, section 2.2.3).</summary>
internal static class EcdsaSignature
{
    public static byte[] ToDer(ReadOnlySpan<byte> raw)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(Shortest(raw[..(raw.Length / 2)]));
            writer.WriteIntegerUnsigned(Shortest(raw[(raw.Length / 2)..]));
        }

        return writer.Encode();
    }

    private static ReadOnlySpan<byte> Shortest(ReadOnlySpan<byte> number)
    {
        var trimmed = number.TrimStart((byte)0);
        return trimmed.IsEmpty ? [0] : trimmed;
    }
}
