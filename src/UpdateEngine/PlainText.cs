using System.Globalization;

namespace UpdateEngine;

/// <summary>
/// Text that came from outside (a server's metadata, a publisher's reason, what a health check printed) as it may be shown on one line: what a
/// terminal or a log would obey instead of showing is replaced.
/// </summary>
public static class PlainText
{
    /// <summary>Control and format characters become "?", white space a space.</summary>
    public static string Of(string text) =>
        text.Any(c => Shown(c) != c)
            ? string.Create(
                text.Length,
                text,
                static (shown, given) =>
                {
                    for (var i = 0; i < given.Length; i++)
                    {
                        shown[i] = Shown(given[i]);
                    }
                }
            )
            : text;

    private static char Shown(char c) =>
        c switch
        {
            '\t' or '\n' or '\r' or '\u2028' or '\u2029' => ' ',
            // Format characters turn the direction of writing round, or hide.
            _ => char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format ? '?' : c,
        };
}
