using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>The four fields that open every role's metadata. Specification section 4.3.</summary>
internal sealed class Header
{
    private string? _type;
    private string? _specification;
    private long? _version;
    private DateTimeOffset? _expires;

    public long Version => _version!.Value;

    public DateTimeOffset Expires => _expires!.Value;

    /// <summary>Takes the field if it is one of the header's.</summary>
    public bool TryRead(string name, ref FieldReader json)
    {
        switch (name)
        {
            case "_type":
                _type = json.ReadString("'_type'");
                return true;
            case "spec_version":
                _specification = json.ReadString("'spec_version'");
                return true;
            case "version":
                _version = json.ReadInteger("'version'", minimum: 1);
                return true;
            case "expires":
                _expires = Rfc3339.Parse(json.ReadString("'expires'"));
                return true;
            default:
                return false;
        }
    }

    /// <summary>Refuses a header with a gap, of another type, or of another major version of the specification.</summary>
    public void Complete(string type)
    {
        if (_version is null || _expires is null || _specification is null)
        {
            throw new JsonException("'spec_version', 'version' and 'expires' are required.");
        }

        if (!string.Equals(_type, type, StringComparison.Ordinal))
        {
            throw new JsonException($"'_type' must be \"{type}\", not \"{_type}\".");
        }

        if (!_specification.StartsWith("1.", StringComparison.Ordinal))
        {
            throw new JsonException($"it follows version {_specification} of the specification, not 1.x.");
        }
    }
}
