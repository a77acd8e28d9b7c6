using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace RepoTools.Serving;

/// <summary>
/// Positions of a Range header that do not fit 64 bits. They are valid (RFC 9110, section 14.1.1: 1*DIGIT) and beyond any file, but the framework
/// takes the whole header for nonsense and answers with the whole file.
/// </summary>
internal static partial class ServedRange
{
    private static readonly string s_farthest = long.MaxValue.ToString(CultureInfo.InvariantCulture);

    /// <summary>Puts the largest position that fits in the place of each larger one, which means the same for every file there can be.</summary>
    public static void Clamp(HttpRequest request)
    {
        if (request.Headers.Range is [{ } range])
        {
            request.Headers.Range = Positions()
                .Replace(range, p => long.TryParse(p.Value, out _) ? p.Value : s_farthest);
        }
    }

    // Nineteen digits are the first that may be too many.
    [GeneratedRegex("[0-9]{19,}", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Positions();
}
