namespace UpdateEngine.Tuf.Metadata;

/// <summary>One signature as the document carries it. The value stays text until its key is known to be asked for.</summary>
/// <param name="KeyId">An opaque name of the key.</param>
/// <param name="Value">Hexadecimal; empty and odd values are carried, and never verify.</param>
public sealed record Signature(string KeyId, string Value)
{
    /// <summary>The bytes, or none when the text is not hexadecimal.</summary>
    internal byte[] Bytes()
    {
        try
        {
            return Convert.FromHexString(Value);
        }
        catch (FormatException)
        {
            return [];
        }
    }
}
