using System.Text;
using System.Text.Json;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// Reads JSON of an expected shape from tokens, and refuses every other shape in one place. Duplicate names are
/// <see cref="CanonicalWriter"/>'s business, which has seen the same bytes before. Throws <see cref="JsonException"/>.
/// </summary>
internal ref struct FieldReader
{
    private readonly ReadOnlySpan<byte> _json;
    private Utf8JsonReader _reader;

    public FieldReader(ReadOnlySpan<byte> json, int maxDepth = TufLimits.DefaultJsonDepth)
    {
        _json = json;
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
    }

    /// <summary>How far the document has been read: behind a field's name this is where its value begins, give or take white space.</summary>
    public readonly int Position => checked((int)_reader.BytesConsumed);

    /// <summary>Steps into an object; <see cref="NextField"/> then walks its members.</summary>
    public void ReadObject(string what) => Expect(JsonTokenType.StartObject, what, "an object");

    public void ReadArray(string what) => Expect(JsonTokenType.StartArray, what, "an array");

    /// <summary>The next member's name; the caller reads or skips its value. False at the end of the object.</summary>
    public bool NextField(out string name)
    {
        _reader.Read();
        name = _reader.TokenType == JsonTokenType.PropertyName ? CurrentName() : "";
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>As the other one, with the place of the name between its quotes instead of the name.</summary>
    public bool NextField(out int name, out int nameLength)
    {
        _reader.Read();
        name = checked((int)_reader.TokenStartIndex) + 1;
        nameLength = _reader.ValueSpan.Length;
        return _reader.TokenType == JsonTokenType.PropertyName;
    }

    /// <summary>An array of strings.</summary>
    public List<string> ReadStrings(string what)
    {
        var strings = new List<string>();
        ReadArray(what);
        while (_reader.Read() && _reader.TokenType != JsonTokenType.EndArray)
        {
            strings.Add(CurrentString($"a value of {what}"));
        }

        return strings;
    }

    /// <summary>True while the array has another object, which the reader is in then.</summary>
    public bool NextObject(string what)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.EndArray)
        {
            return false;
        }

        return _reader.TokenType == JsonTokenType.StartObject ? true : throw Wrong(what, "an object");
    }

    public string ReadString(string what)
    {
        _reader.Read();
        return CurrentString(what);
    }

    public bool ReadBoolean(string what)
    {
        _reader.Read();
        return _reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Wrong(what, "true or false"),
        };
    }

    /// <summary>An integer of at least <paramref name="minimum"/> that fits 63 bits; 1.0 and "1" are none.</summary>
    public long ReadInteger(string what, long minimum)
    {
        _reader.Read();
        if (_reader.TokenType == JsonTokenType.Number && _reader.TryGetInt64(out var value) && value >= minimum)
        {
            return value;
        }

        throw Wrong(what, $"an integer of at least {minimum}");
    }

    /// <summary>As <see cref="ReadString"/>, and as a rule without making anything: for what is only checked.</summary>
    public ReadOnlySpan<byte> ReadUtf8(string what)
    {
        _reader.Read();
        return _reader.TokenType == JsonTokenType.String && !_reader.ValueIsEscaped
            ? _reader.ValueSpan
            : Encoding.UTF8.GetBytes(CurrentString(what));
    }

    public void Skip()
    {
        _reader.Read();
        _reader.Skip();
    }

    /// <summary>Canonicalises a value and returns its range in the document.</summary>
    public Range ReadCanonical(ref CanonicalWriter writer)
    {
        _reader.Read();
        var start = checked((int)_reader.TokenStartIndex);
        writer.Write(ref _reader);
        return start..Position;
    }

    /// <summary>Where an object stands in the document.</summary>
    public Range ReadRawObject(string what)
    {
        ReadObject(what);
        var start = checked((int)_reader.TokenStartIndex);
        _reader.Skip();
        return start..Position;
    }

    public readonly string TextOf(Range range) => Encoding.UTF8.GetString(_json[range]);

    /// <summary>A reader of the same document.</summary>
    /// <param name="position">A former <see cref="Position"/>.</param>
    public readonly FieldReader At(int position) => new(_json[position..], _reader.CurrentState.Options.MaxDepth);

    /// <summary>Refuses what follows the document.</summary>
    public void ReadEnd() => _reader.Read();

    private void Expect(JsonTokenType token, string what, string description)
    {
        _reader.Read();
        if (_reader.TokenType != token)
        {
            throw Wrong(what, description);
        }
    }

    // The names that stand in every target are not made anew for each.
    private readonly string CurrentName() =>
        _reader.ValueTextEquals("hashes"u8) ? "hashes"
        : _reader.ValueTextEquals("length"u8) ? "length"
        : _reader.ValueTextEquals("sha256"u8) ? "sha256"
        : _reader.ValueTextEquals("sha512"u8) ? "sha512"
        : _reader.GetString()!;

    private readonly string CurrentString(string what) =>
        _reader.TokenType == JsonTokenType.String ? _reader.GetString()! : throw Wrong(what, "a string");

    private static JsonException Wrong(string what, string description) => new($"{what} must be {description}.");
}
