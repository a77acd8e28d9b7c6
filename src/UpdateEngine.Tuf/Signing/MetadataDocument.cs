using System.Text.Json;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Signing;

/// <summary>
/// A metadata document that is being written. Fields that this library does not know are preserved. Changing <see cref="Signed"/> leaves
/// older signatures where they are: they no longer verify, and <see cref="Sign"/> or <see cref="ClearSignatures"/> replaces them.
/// </summary>
public sealed partial class MetadataDocument
{
    // Without the relaxed encoder a '+' or a non-ASCII letter in a target's name would be written as an escape.
    private static readonly JsonWriterOptions s_indented = new()
    {
        Indented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly JsonDocumentOptions s_strict = new() { AllowDuplicateProperties = false };

    private readonly JsonObject _document;

    private MetadataDocument(JsonObject document) => _document = document;

    /// <summary>The part that is signed.</summary>
    public JsonObject Signed => (JsonObject)_document["signed"]!;

    /// <summary>"root", "timestamp", "snapshot" or "targets".</summary>
    public string Type => Signed["_type"]!.GetValue<string>();

    public IReadOnlyList<Signature> Signatures => Envelope.Parse(Type, ToBytes()).Signatures;

    private JsonArray SignatureArray => (JsonArray)_document["signatures"]!;

    /// <exception cref="MetadataMalformedException">Not one of the four top-level roles' shapes.</exception>
    public static MetadataDocument Parse(ReadOnlySpan<byte> bytes)
    {
        // The client's own rules first: what the tools read, a client can read.
        var envelope = Envelope.Parse("The document", bytes.ToArray());
        try
        {
            var document = new MetadataDocument((JsonObject)JsonNode.Parse(bytes, null, s_strict)!);
            document.CheckShape(envelope);
            return document;
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw MetadataMalformedException.From("The document", error);
        }
    }

    /// <summary>The bytes that signatures are made over: for signing elsewhere, too.</summary>
    public byte[] ToSignedPayload() => CanonicalJson.Encode(Write(Signed, default));

    /// <summary>Indented JSON with a final line feed; the same document gives the same bytes.</summary>
    public byte[] ToBytes() => [.. Write(_document, s_indented), (byte)'\n'];

    /// <summary>Signs, verifies what was made, and replaces this key's earlier signature.</summary>
    public void Sign(ISigner signer) => Sign(signer, [signer.PublicKey.ComputeKeyId()]);

    /// <summary>Signs once, and files the signature under the ids that delegators have given to the key.</summary>
    public void Sign(ISigner signer, IEnumerable<string> keyIds)
    {
        var payload = ToSignedPayload();
        var signature = signer.Sign(payload);
        foreach (var keyId in keyIds)
        {
            Attach(signer.PublicKey, payload, signature, keyId);
        }
    }

    /// <summary>Takes a signature that was made elsewhere, once it has verified.</summary>
    /// <param name="key">Whose signature it is.</param>
    /// <param name="signature">Raw bytes.</param>
    /// <param name="keyId">The id that the delegator has given to the key; the computed one, if it is null.</param>
    /// <exception cref="ThresholdException">The signature is not this key's over this document.</exception>
    public void AttachSignature(PublicKey key, ReadOnlySpan<byte> signature, string? keyId = null) =>
        Attach(key, ToSignedPayload(), signature, keyId ?? key.ComputeKeyId());

    private void Attach(PublicKey key, byte[] payload, ReadOnlySpan<byte> signature, string keyId)
    {
        if (!key.Verify(payload, signature))
        {
            throw new ThresholdException(Type, $"key {keyId}", 0, 1);
        }

        RemoveSignature(keyId);
        SignatureArray.Add(
            (JsonNode)new JsonObject { ["keyid"] = keyId, ["sig"] = Convert.ToHexStringLower(signature) }
        );
    }

    /// <summary>False when the key id has not signed.</summary>
    public bool RemoveSignature(string keyId)
    {
        var found = SignatureArray.FirstOrDefault(s =>
            string.Equals((string?)s!["keyid"], keyId, StringComparison.Ordinal)
        );
        return found is not null && SignatureArray.Remove(found);
    }

    public void ClearSignatures() => SignatureArray.Clear();

    /// <summary>How many distinct keys that <paramref name="root"/> gives <paramref name="role"/> have validly signed this document.</summary>
    public int CountValidSignatures(MetadataDocument root, string role) =>
        root.ToRoot().CountValid(role, Envelope.Parse(Type, ToBytes()));

    /// <summary>The reading side's view of a root document.</summary>
    public RootMetadata ToRoot() => RootMetadata.Parse(Envelope.Parse(Roles.Root, ToBytes()));

    private static byte[] Write(JsonNode node, JsonWriterOptions options)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, options))
        {
            node.WriteTo(writer);
        }

        return stream.ToArray();
    }
}
