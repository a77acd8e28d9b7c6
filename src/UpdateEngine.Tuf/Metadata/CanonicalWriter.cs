using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace UpdateEngine.Tuf.Metadata;

/// <summary>
/// Brings JSON tokens into canonical form. While the source is in that form already (as many TUF tools write it) nothing is copied; from
/// the first difference on there is one buffer. An object whose names come sorted is written straight; another one is rearranged in the
/// buffer when it ends. Throws what <see cref="MetadataMalformedException.IsCausedBy"/> knows.
/// </summary>
/// <param name="source">What the reader reads; its offsets are offsets in it.</param>
internal ref struct CanonicalWriter(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;

    // A stack: members of the objects that are open.
    private readonly List<Member> _members = [];
    private int _origin;
    private byte[]? _buffer;
    private int _length;

    /// <summary>The name is in the source unless it is escaped there; the member's range is in the output.</summary>
    private readonly record struct Member(int Name, int NameLength, byte[]? Unescaped, int Start, int End);

    /// <summary>The output; null when it is what stands in the source.</summary>
    public readonly ReadOnlyMemory<byte>? Rewritten => _buffer?.AsMemory(0, _length);

    public readonly byte[] ToArray() => Output(0, _length).ToArray();

    /// <summary>Writes the value that the reader stands on, once; afterwards the reader stands on its last token.</summary>
    public void Write(ref Utf8JsonReader reader)
    {
        _origin = checked((int)reader.TokenStartIndex);
        WriteValue(ref reader);
    }

    private void WriteValue(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                WriteObject(ref reader);
                break;
            case JsonTokenType.StartArray:
                WriteArray(ref reader);
                break;
            case JsonTokenType.String:
                WriteString(ref reader);
                break;
            case JsonTokenType.Number:
                WriteInteger(reader.ValueSpan);
                break;
            default:
                Append(reader.ValueSpan);
                break;
        }
    }

    private void WriteObject(ref Utf8JsonReader reader)
    {
        Append("{"u8);
        var first = _members.Count;
        var sorted = true;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (_members.Count > first)
            {
                Append(","u8);
            }

            var member = WriteName(ref reader);
            reader.Read();
            WriteValue(ref reader);
            sorted &= _members.Count == first || NameOf(_members[^1]).SequenceCompareTo(NameOf(member)) < 0;
            _members.Add(member with { End = _length });
        }

        if (!sorted)
        {
            Rearrange(first);
        }

        _members.RemoveRange(first, _members.Count - first);
        Append("}"u8);
    }

    private Member WriteName(ref Utf8JsonReader reader)
    {
        var name = checked((int)reader.TokenStartIndex) + 1;
        var (length, start) = (reader.ValueSpan.Length, _length);
        var unescaped = WriteString(ref reader);
        Append(":"u8);
        return new Member(name, length, unescaped, start, start);
    }

    private void WriteArray(ref Utf8JsonReader reader)
    {
        Append("["u8);
        var first = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!first)
            {
                Append(","u8);
            }

            first = false;
            WriteValue(ref reader);
        }

        Append("]"u8);
    }

    // The order of UTF-8 bytes is the order of code points.
    private void Rearrange(int first)
    {
        var start = _members[first].Start;
        var scratch = Output(start, _length - start).ToArray();
        var members = new (byte[] Name, Member Member)[_members.Count - first];
        for (var i = 0; i < members.Length; i++)
        {
            members[i] = (NameOf(_members[first + i]).ToArray(), _members[first + i]);
        }

        Array.Sort(members, (a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        for (var i = 1; i < members.Length; i++)
        {
            if (members[i - 1].Name.AsSpan().SequenceEqual(members[i].Name))
            {
                throw new JsonException($"the name '{Encoding.UTF8.GetString(members[i].Name)}' occurs twice.");
            }
        }

        _length = start;
        foreach (var (_, member) in members)
        {
            if (_length > start)
            {
                Append(","u8);
            }

            Append(scratch.AsSpan(member.Start - start, member.End - member.Start));
        }
    }

    /// <returns>The text, when it is escaped in the source.</returns>
    private byte[]? WriteString(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
        {
            var text = Unescape(ref reader);
            WriteEscaped(text);
            return text;
        }

        if (!Utf8.IsValid(reader.ValueSpan))
        {
            throw new JsonException("a string is not valid UTF-8.");
        }
        // With its quotes, as it stands.
        var start = checked((int)reader.TokenStartIndex);
        var length = reader.ValueSpan.Length + 2;
        if (_buffer is null && _origin + _length == start)
        {
            _length += length;
        }
        else
        {
            Append(_source.Slice(start, length));
        }

        return null;
    }

    private static byte[] Unescape(ref Utf8JsonReader reader)
    {
        var rented = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            // Refuses invalid UTF-8 and lone surrogates.
            return rented.AsSpan(0, reader.CopyString(rented)).ToArray();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void WriteEscaped(ReadOnlySpan<byte> text)
    {
        Append("\""u8);
        for (int special; (special = text.IndexOfAny((byte)'"', (byte)'\\')) >= 0; text = text[(special + 1)..])
        {
            Append(text[..special]);
            Append("\\"u8);
            Append(text.Slice(special, 1));
        }

        Append(text);
        Append("\""u8);
    }

    private void WriteInteger(ReadOnlySpan<byte> digits)
    {
        if (digits.IndexOfAny(".eE"u8) >= 0)
        {
            throw new JsonException("numbers other than integers are not allowed.");
        }

        Append(digits.SequenceEqual("-0"u8) ? "0"u8 : digits);
    }

    private readonly ReadOnlySpan<byte> NameOf(Member member) =>
        member.Unescaped ?? _source.Slice(member.Name, member.NameLength);

    private readonly ReadOnlySpan<byte> Output(int start, int length) =>
        _buffer is null ? _source.Slice(_origin + start, length) : _buffer.AsSpan(start, length);

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer is null)
        {
            var rest = _source[(_origin + _length)..];
            if (rest.StartsWith(bytes))
            {
                _length += bytes.Length;
                return;
            }

            Diverge();
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }

    // No value is longer in canonical form than in any other, so the buffer never grows; what is not written to costs no memory.
    private void Diverge()
    {
        var buffer = GC.AllocateUninitializedArray<byte>(_source.Length - _origin);
        Output(0, _length).CopyTo(buffer);
        _buffer = buffer;
    }
}
