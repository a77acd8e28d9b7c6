using System.Globalization;

namespace RepoTools.Commands;

/// <summary>Instants on the command line: RFC 3339 with an offset, so that nobody has to guess a time zone.</summary>
internal static class Instants
{
    public const string Form = "a time like 2026-11-20T12:00:00Z";

    private static readonly string[] s_forms = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mmK"];

    public static bool TryParse(string text, out DateTimeOffset at)
    {
        // "K" takes a time without an offset too; that one is refused.
        at = default;
        var offset = text.Length > 6 && (text[^1] == 'Z' || text[^6] is '+' or '-');
        return offset
            && DateTimeOffset.TryParseExact(
                text,
                s_forms,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AdjustToUniversal,
                out at
            );
    }

    /// <summary>Why a text is none: "lacks the time of day; write 2026-12-01T00:00:00Z".</summary>
    public static string Fault(string text) =>
        TryParse($"{text}T00:00:00Z", out _) ? $"lacks the time of day; write {text}T00:00:00Z" : $"is not {Form}";

    /// <summary>Whole seconds: what metadata and manifests hold.</summary>
    public static DateTimeOffset ToSecond(this DateTimeOffset at) =>
        new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
}
