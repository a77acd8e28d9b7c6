using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The targets role: the files themselves. Specification section 4.5.</summary>
public sealed record TargetsMetadata
{
    public required long Version { get; init; }

    public required DateTimeOffset Expires { get; init; }

    public required IReadOnlyDictionary<string, TargetFile> Targets { get; init; }

    /// <summary>Null where this role answers for all of its targets itself.</summary>
    public Delegations? Delegations { get; init; }

    /// <summary>Reads the shape; signatures are another step.</summary>
    /// <param name="envelope">The document.</param>
    /// <param name="role">For the error text: a delegated role's name.</param>
    /// <exception cref="MetadataMalformedException">Not targets metadata.</exception>
    public static TargetsMetadata Parse(Envelope envelope, string role = Roles.Targets)
    {
        try
        {
            return Read(envelope);
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw MetadataMalformedException.From(role, error);
        }
    }

    private static TargetsMetadata Read(Envelope envelope)
    {
        var header = new Header();
        TargetFiles? targets = null;
        Delegations? delegations = null;
        var json = new FieldReader(envelope.Signed.Span, envelope.MaxDepth);
        json.ReadObject("'signed'");
        while (json.NextField(out var name))
        {
            if (header.TryRead(name, ref json))
            {
                continue;
            }

            if (name is "targets")
            {
                targets = TargetFiles.Read(ref json, envelope);
            }
            else if (name is "delegations")
            {
                delegations = Metadata.Delegations.Read(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        header.Complete(Roles.Targets);
        return new TargetsMetadata
        {
            Version = header.Version,
            Expires = header.Expires,
            Targets = targets ?? throw new JsonException("'targets' is required."),
            Delegations = delegations,
        };
    }
}
