using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using UpdateEngine;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;

namespace RepoTools.Keys;

/// <summary>A signature that was made elsewhere, in the form in which the other program wrote it: raw, hexadecimal or base64.</summary>
internal static class SignatureFile
{
    /// <summary>RSA of 16384 bits in hexadecimal has 4096 bytes; longer files are no signatures.</summary>
    private const int MaxBytes = 16 * 1024;

    /// <summary>The signature's raw bytes, once they have verified over the document.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.SignatureInvalid"/>, with the reason where it can be found.</exception>
    public static byte[] Read(string path, PublicKey key, MetadataDocument document, string documentPath)
    {
        var bytes = Files.Read(path, MaxBytes, "Sign what `repo-tools payload export` writes.");
        var forms = Forms(bytes, key);
        var payload = document.ToSignedPayload();
        if (forms.Find(form => key.Verify(payload, form)) is { } valid)
        {
            return valid;
        }

        throw new UpdateException(
            ErrorCodes.SignatureInvalid,
            $"The signature in {path} is not one of the key {key.ComputeKeyId()} over {documentPath}: {Reason(forms, key, payload, documentPath)}.",
            $"Export the payload with `repo-tools payload export {documentPath} --out FILE`, and sign that."
        );
    }

    private static List<byte[]> Forms(byte[] bytes, PublicKey key)
    {
        var forms = new List<byte[]> { bytes };
        var text = Encoding.Latin1.GetString(bytes).Trim();
        var joined = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        if (joined.Length % 2 == 0 && joined.All(char.IsAsciiHexDigit))
        {
            forms.Add(Convert.FromHexString(joined));
        }

        if (Base64.IsValid(joined))
        {
            forms.Add(Convert.FromBase64String(joined));
        }

        // Programs for tokens write r and s of ECDSA as the token gives them.
        if (key.Scheme.StartsWith("ecdsa", StringComparison.Ordinal))
        {
            forms.AddRange(
                forms.Where(form => form.Length is 64 or 96).Select(raw => EcdsaSignature.ToDer(raw)).ToArray()
            );
        }

        return forms;
    }

    private static string Reason(List<byte[]> forms, PublicKey key, byte[] payload, string documentPath)
    {
        if (!key.IsUsable)
        {
            return $"keys of the type {key.KeyType} with {key.Scheme} can't be verified here";
        }

        if (forms.TrueForAll(form => form.Length == 0))
        {
            return "the file is empty";
        }

        // What people sign by mistake: the whole file, the digest in place of the payload, the digest as text.
        var digest = SHA256.HashData(payload);
        if (
            forms.Exists(form =>
                key.Verify(Files.Read(documentPath, new TufLimits().TargetsLength, "Give it again."), form)
            )
        )
        {
            return "it is over the whole file, not over its payload";
        }

        return forms.Exists(f => key.Verify(digest, f) || key.Verify(Hex(digest), f))
            ? "it is over the payload's SHA-256, not over the payload itself"
            : "it is another key's, or the file has changed since the payload was exported";
    }

    private static byte[] Hex(byte[] digest) => Encoding.ASCII.GetBytes(Convert.ToHexStringLower(digest));
}
