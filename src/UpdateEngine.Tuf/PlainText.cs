using System.Globalization;
using System.Text;

namespace UpdateEngine.Tuf;

/// <summary>
/// Text for terminals and logs, of which a part may come from metadata that nobody has verified: no character of it moves the cursor,
/// begins a line or turns the direction of writing, and it has an end.
/// </summary>
internal static class PlainText
{
    /// <summary>In characters; more than a sentence about any ordinary name needs.</summary>
    public const int MaxLength = 4096;

    private const string Ellipsis = " ... ";

    /// <summary>The reason stands at the end of a sentence, so that what is cut out of a long one is its middle.</summary>
    public static string Of(string text)
    {
        if (text.Length > MaxLength)
        {
            var half = (MaxLength - Ellipsis.Length) / 2;
            text = string.Concat(text.AsSpan(0, half), Ellipsis, text.AsSpan(text.Length - half));
        }

        return text.All(IsPlain) ? text : Escape(text);
    }

    private static string Escape(string text)
    {
        var escaped = new StringBuilder();
        foreach (var c in text)
        {
            _ = IsPlain(c) ? escaped.Append(c) : escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
        }

        return escaped.ToString();
    }

    private static bool IsPlain(char c) =>
        char.GetUnicodeCategory(c)
            is not (
                UnicodeCategory.Control
                or UnicodeCategory.Format
                or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator
            );
}
