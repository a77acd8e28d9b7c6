using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// The form of JSON that is signed (OLPC canonical JSON): no white space, names sorted by code point, strings as they are but for
/// <c>"</c> and <c>\</c>, integers exact. Floats, duplicate names and lone surrogates are refused. Strings are not normalised.
/// </summary>
public static class CanonicalJson
{
    /// <exception cref="MetadataMalformedException">Not JSON, or JSON that has no canonical form.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> json, int maxDepth = TufLimits.DefaultJsonDepth)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
            var writer = new CanonicalWriter(json);
            reader.Read();
            writer.Write(ref reader);
            // Reading on past the value is what finds trailing bytes.
            reader.Read();
            return writer.ToArray();
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw MetadataMalformedException.From("JSON", error);
        }
    }
}
