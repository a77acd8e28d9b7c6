using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace UpdateEngine.Releases;

/// <summary>
/// A version by semver.org 2.0.0: MAJOR.MINOR.PATCH, an optional pre-release after "-" and build metadata after "+". A leading "v" is
/// accepted and dropped. Precedence is the standard's; build metadata does not take part in it. At most <see cref="MaxLength"/> characters.
/// </summary>
[JsonConverter(typeof(SemanticVersionJsonConverter))]
public sealed class SemanticVersion : IComparable<SemanticVersion>, IEquatable<SemanticVersion>
{
    public const int MaxLength = 128;

    private readonly ulong[] _core;
    private readonly string[] _preRelease;
    private readonly string _text;

    private SemanticVersion(ulong[] core, string[] preRelease, string text)
    {
        _core = core;
        _preRelease = preRelease;
        _text = text;
    }

    public static SemanticVersion Parse(string text) =>
        TryParse(text, out var version)
            ? version
            : throw new FormatException($"\"{text}\" is not a version like 1.2.0 or 1.2.0-rc.1");

    public static bool TryParse(
        string? text,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SemanticVersion? version
    )
    {
        version = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength)
        {
            return false;
        }

        var plain = text[0] is 'v' or 'V' ? text[1..] : text;
        var withoutBuild = plain.Split('+', 2);
        if (withoutBuild.Length == 2 && !withoutBuild[1].Split('.').All(IsIdentifier))
        {
            return false;
        }

        var parts = withoutBuild[0].Split('-', 2);
        var numbers = parts[0].Split('.');
        var core = new ulong[3];
        if (numbers.Length != 3)
        {
            return false;
        }

        for (var i = 0; i < 3; i++)
        {
            if (
                !IsNumber(numbers[i])
                || !ulong.TryParse(numbers[i], NumberStyles.None, CultureInfo.InvariantCulture, out core[i])
            )
            {
                return false;
            }
        }
        string[] preRelease = parts.Length == 2 ? parts[1].Split('.') : [];
        if (!preRelease.All(p => IsIdentifier(p) && (!p.All(char.IsAsciiDigit) || IsNumber(p))))
        {
            return false;
        }

        version = new SemanticVersion(core, preRelease, plain);
        return true;
    }

    /// <summary>Precedence by section 11 of the standard.</summary>
    public int CompareTo(SemanticVersion? other)
    {
        if (other is null)
        {
            return 1;
        }

        for (var i = 0; i < 3; i++)
        {
            if (_core[i] != other._core[i])
            {
                return _core[i].CompareTo(other._core[i]);
            }
        }
        // A pre-release comes before the release itself.
        if (_preRelease.Length == 0 || other._preRelease.Length == 0)
        {
            return other._preRelease.Length.CompareTo(_preRelease.Length) is var order && order == 0
                ? 0
                : Math.Sign(order);
        }

        for (var i = 0; i < Math.Min(_preRelease.Length, other._preRelease.Length); i++)
        {
            var order = CompareIdentifiers(_preRelease[i], other._preRelease[i]);
            if (order != 0)
            {
                return order;
            }
        }
        return _preRelease.Length.CompareTo(other._preRelease.Length);
    }

    /// <summary>Same precedence: 1.0.0+a equals 1.0.0+b.</summary>
    public bool Equals(SemanticVersion? other) => CompareTo(other) == 0;

    public override bool Equals(object? obj) => obj is SemanticVersion other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_core[0], _core[1], _core[2], string.Join('.', _preRelease));

    public override string ToString() => _text;

    public static bool operator ==(SemanticVersion? left, SemanticVersion? right) =>
        left is null ? right is null : left.Equals(right);

    public static bool operator !=(SemanticVersion? left, SemanticVersion? right) => !(left == right);

    public static bool operator <(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) < 0;

    public static bool operator >(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) > 0;

    public static bool operator <=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SemanticVersion left, SemanticVersion right) => left.CompareTo(right) >= 0;

    private static bool IsNumber(string text) =>
        text.Length > 0 && text.All(char.IsAsciiDigit) && (text.Length == 1 || text[0] != '0');

    private static bool IsIdentifier(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    /// <summary>Numbers by value and before words; words by ASCII. A number may be longer than any integer type: longer is larger.</summary>
    private static int CompareIdentifiers(string left, string right)
    {
        var (leftIsNumber, rightIsNumber) = (left.All(char.IsAsciiDigit), right.All(char.IsAsciiDigit));
        if (leftIsNumber != rightIsNumber)
        {
            return leftIsNumber ? -1 : 1;
        }

        return leftIsNumber && left.Length != right.Length
            ? left.Length.CompareTo(right.Length)
            : Math.Sign(string.CompareOrdinal(left, right));
    }
}

internal sealed class SemanticVersionJsonConverter : JsonConverter<SemanticVersion>
{
    public override SemanticVersion Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType == JsonTokenType.String && SemanticVersion.TryParse(reader.GetString(), out var version)
            ? version
            : throw new JsonException(JsonFaults.NotAVersion);

    public override void Write(Utf8JsonWriter writer, SemanticVersion value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
