using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// A metadata document before anything in it is believed: its <c>signed</c> part as it stands and in canonical form, and its
/// signatures. Specification section 4.2.1.
/// </summary>
public sealed class Envelope
{
    private Envelope(
        ReadOnlyMemory<byte> signed,
        ReadOnlyMemory<byte> canonical,
        IReadOnlyList<Signature> signatures,
        int maxDepth
    )
    {
        Signed = signed;
        Canonical = canonical;
        Signatures = signatures;
        MaxDepth = maxDepth;
    }

    /// <summary>The <c>signed</c> object as received.</summary>
    public ReadOnlyMemory<byte> Signed { get; }

    /// <summary>What was signed.</summary>
    public ReadOnlyMemory<byte> Canonical { get; }

    public IReadOnlyList<Signature> Signatures { get; }

    internal int MaxDepth { get; }

    /// <param name="role">For the error text.</param>
    /// <param name="bytes">Not copied: they must not change any more.</param>
    /// <param name="maxDepth">How deep arrays and objects may nest.</param>
    /// <exception cref="MetadataMalformedException">Not such a document, or two signatures under one key id.</exception>
    public static Envelope Parse(string role, ReadOnlyMemory<byte> bytes, int maxDepth = TufLimits.DefaultJsonDepth)
    {
        try
        {
            return Read(bytes, maxDepth);
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw MetadataMalformedException.From(role, error);
        }
    }

    private static Envelope Read(ReadOnlyMemory<byte> bytes, int maxDepth)
    {
        ReadOnlyMemory<byte>? signed = null;
        List<Signature>? signatures = null;
        var canonical = new CanonicalWriter(bytes.Span);
        var json = new FieldReader(bytes.Span, maxDepth);
        json.ReadObject("the document");
        while (json.NextField(out var name))
        {
            switch (name)
            {
                case "signed" when signed is null:
                    signed = bytes[json.ReadCanonical(ref canonical)];
                    break;
                case "signatures" when signatures is null:
                    signatures = ReadSignatures(ref json);
                    break;
                case "signed" or "signatures":
                    throw new JsonException($"'{name}' occurs twice.");
                default:
                    json.Skip();
                    break;
            }
        }

        json.ReadEnd();
        if (signed is null || signatures is null)
        {
            throw new JsonException("'signed' and 'signatures' are required.");
        }

        return new Envelope(signed.Value, canonical.Rewritten ?? signed.Value, signatures, maxDepth);
    }

    private static List<Signature> ReadSignatures(ref FieldReader json)
    {
        var signatures = new List<Signature>();
        var keyIds = new HashSet<string>(StringComparer.Ordinal);
        json.ReadArray("'signatures'");
        while (json.NextObject("a signature"))
        {
            var signature = ReadSignature(ref json);
            // Specification section 4.2.1: "a key id MUST be unique within the signatures array".
            if (!keyIds.Add(signature.KeyId))
            {
                throw new JsonException($"two signatures carry the key id '{signature.KeyId}'.");
            }

            signatures.Add(signature);
        }

        return signatures;
    }

    private static Signature ReadSignature(ref FieldReader json)
    {
        string? keyId = null;
        string? value = null;
        while (json.NextField(out var name))
        {
            if (name is "keyid")
            {
                keyId = json.ReadString("a signature's 'keyid'");
            }
            else if (name is "sig")
            {
                value = json.ReadString("a signature's 'sig'");
            }
            else
            {
                json.Skip();
            }
        }

        if (keyId is null || value is null)
        {
            throw new JsonException("a signature needs 'keyid' and 'sig'.");
        }

        return new Signature(keyId, value);
    }
}
