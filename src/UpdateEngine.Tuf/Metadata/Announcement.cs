using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The shape that timestamp and snapshot share: a header, and the files that the role announces. Specification sections 4.4 and 4.6.</summary>
internal sealed record Announcement(Header Header, IReadOnlyDictionary<string, MetaFile> Meta)
{
    /// <param name="required">The file that this role must announce.</param>
    /// <exception cref="MetadataMalformedException">Not metadata of this role.</exception>
    public static Announcement Parse(string role, Envelope envelope, string required)
    {
        try
        {
            return Read(role, envelope, required);
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw MetadataMalformedException.From(role, error);
        }
    }

    private static Announcement Read(string role, Envelope envelope, string required)
    {
        var header = new Header();
        Dictionary<string, MetaFile>? meta = null;
        var json = new FieldReader(envelope.Signed.Span, envelope.MaxDepth);
        json.ReadObject("'signed'");
        while (json.NextField(out var name))
        {
            if (header.TryRead(name, ref json))
            {
                continue;
            }

            if (name is "meta")
            {
                meta = MetaFile.ReadAll(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        header.Complete(role);
        return meta is not null && meta.ContainsKey(required)
            ? new Announcement(header, meta)
            : throw new JsonException($"'meta' with '{required}' is required.");
    }
}
