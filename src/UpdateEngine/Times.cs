using System.Globalization;

namespace UpdateEngine;

/// <summary>How instants and spans are told to people: UTC to the minute (to the second in <see cref="Stamp"/>), spans with their two largest units.</summary>
public static class Times
{
    /// <summary>2026-11-20 14:20 UTC</summary>
    public static string Instant(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>2026-11-20 14:20:07 UTC</summary>
    public static string Stamp(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>"in 2 h 10 min"</summary>
    public static string In(TimeSpan span) => "in " + Span(span);

    /// <summary>"3 d 4 h", "2 h 10 min", "5 min", "42 s"</summary>
    public static string Span(TimeSpan span)
    {
        if (span < TimeSpan.Zero)
        {
            span = TimeSpan.Zero;
        }

        return span switch
        {
            { TotalDays: >= 1 } => Two(span.Days, "d", span.Hours, "h"),
            { TotalHours: >= 1 } => Two(span.Hours, "h", span.Minutes, "min"),
            { TotalMinutes: >= 1 } => $"{span.Minutes} min",
            _ => $"{Math.Ceiling(span.TotalSeconds):0} s",
        };
    }

    /// <summary>How spans are written, for messages.</summary>
    public const string SpanForm = "like 30m, 4h, 2d or 1d12h";

    /// <summary>Far above any sensible expiry, wave or interval, and far below where dates overflow.</summary>
    public static readonly TimeSpan LongestSpan = TimeSpan.FromDays(36500);

    /// <summary>Reads "90s", "30m", "4h", "2d", "1w" and sums such as "1d12h". Minutes are there: an emergency needs them.</summary>
    public static bool TryParseSpan(string text, out TimeSpan span)
    {
        span = TimeSpan.Zero;
        var rest = text.AsSpan().Trim();
        long seconds = 0;
        if (rest.IsEmpty)
        {
            return false;
        }

        while (!rest.IsEmpty)
        {
            // Nine digits of weeks are far from overflowing a long of seconds; the sum is checked each time.
            var digits = rest.IndexOfAnyExceptInRange('0', '9');
            if (digits is < 1 or > 9 || SecondsOf(rest[digits]) is not { } unit)
            {
                return false;
            }

            seconds += unit * long.Parse(rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture);
            if (seconds > (long)LongestSpan.TotalSeconds)
            {
                return false;
            }

            rest = rest[(digits + 1)..];
        }

        span = TimeSpan.FromSeconds(seconds);
        return true;
    }

    private static long? SecondsOf(char unit) =>
        unit switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => null,
        };

    private static string Two(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? $"{large} {largeUnit}" : $"{large} {largeUnit} {small} {smallUnit}";
}
