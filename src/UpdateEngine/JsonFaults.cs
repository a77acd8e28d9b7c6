using System.Text.Json;

namespace UpdateEngine;

/// <summary>Turns what the JSON reader says into words for a person: the field and the line, without type names of the framework.</summary>
public static class JsonFaults
{
    /// <summary>What <see cref="Releases.SemanticVersion"/>'s reader says of its value.</summary>
    public const string NotAVersion = "is not a version like 1.2.0";

    /// <summary>What the manifest's reader says of its value.</summary>
    public const string NotAnInstant = "is not a time like 2026-11-20T12:00:00Z";

    public static string Describe(JsonException fault)
    {
        if (fault.Message.Contains("JSON tokens", StringComparison.Ordinal))
        {
            return "it is empty, and so it is not valid JSON";
        }

        var where = fault.LineNumber is { } line ? $" (line {line + 1})" : "";
        var what = fault.Path is { Length: > 2 } path ? $"the field \"{path[2..]}\"" : "it";
        return $"{what} {Reason(fault)}{where}";
    }

    private static string Reason(JsonException fault)
    {
        var text = fault.Message;
        if (text.Contains("could not be mapped", StringComparison.Ordinal))
        {
            return "is not known";
        }

        if (text.Contains("missing required properties", StringComparison.Ordinal))
        {
            return "lacks required fields: "
                + text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim().TrimEnd('.');
        }

        if (text.Contains("uplicate", StringComparison.Ordinal))
        {
            return "has the same key twice";
        }

        if (text.Contains("null values", StringComparison.Ordinal))
        {
            return "must not be null";
        }

        if (
            ((string[])[NotAVersion, NotAnInstant]).FirstOrDefault(ours =>
                text.StartsWith(ours, StringComparison.Ordinal)
            ) is
            { } own
        )
        {
            return own;
        }

        if (text.Contains("maximum configured depth", StringComparison.Ordinal))
        {
            return "is nested too deeply";
        }

        if (text.Contains("could not be converted", StringComparison.Ordinal))
        {
            return "has a value of the wrong type";
        }

        return "is not valid JSON";
    }
}
