using System.Globalization;

namespace UpdateEngine.Tuf;

/// <summary>The dates of metadata: RFC 3339, section 5.6, with fractions and offsets.</summary>
public static class Rfc3339
{
    private const string DateAndTime = "0000-00-00T00:00:00";
    private const string Offset = "+00:00";

    /// <exception cref="FormatException">Not such a date, or one without an offset.</exception>
    public static DateTimeOffset Parse(string text)
    {
        var upper = text.ToUpperInvariant();
        var fraction = FractionLength(upper);
        var end = DateAndTime.Length + fraction;
        // .NET keeps seven digits of a fraction; the rest could only matter to a comparison within 100 ns.
        var kept = DateAndTime.Length + Math.Min(fraction, 8);
        if (
            HasShape(upper, end)
            && DateTimeOffset.TryParseExact(
                upper[..kept] + upper[end..],
                "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK",
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var date
            )
        )
        {
            return date;
        }

        throw new FormatException($"'{text}' is not an RFC 3339 date with an offset.");
    }

    /// <summary>In UTC with "Z"; a fraction only where there is one.</summary>
    public static string Format(DateTimeOffset date) =>
        date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'", CultureInfo.InvariantCulture);

    // The framework's parser is more lenient. By hand, because a regular expression costs every short command more than all of its dates.
    private static bool HasShape(string text, int end) =>
        text.Length > end && Fits(text.AsSpan(0, DateAndTime.Length), DateAndTime) && IsOffset(text.AsSpan(end));

    private static bool IsOffset(ReadOnlySpan<char> text) =>
        text is "Z" || Fits(text, Offset) || (text is ['-', .. var rest] && Fits(rest, Offset.AsSpan(1)));

    /// <summary>The point and its digits; 0 when there is none.</summary>
    private static int FractionLength(string text)
    {
        if (text.Length <= DateAndTime.Length || text[DateAndTime.Length] != '.')
        {
            return 0;
        }

        var digits = text.AsSpan(DateAndTime.Length + 1).IndexOfAnyExceptInRange('0', '9');
        return digits > 0 ? 1 + digits : 0;
    }

    private static bool Fits(ReadOnlySpan<char> text, ReadOnlySpan<char> shape)
    {
        if (text.Length != shape.Length)
        {
            return false;
        }

        for (var i = 0; i < shape.Length; i++)
        {
            if (shape[i] == '0' ? !char.IsAsciiDigit(text[i]) : text[i] != shape[i])
            {
                return false;
            }
        }

        return true;
    }
}
