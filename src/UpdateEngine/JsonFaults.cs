using System.Text.Json;

namespace UpdateEngine;

/// <summary>Turns what the JSON reader says into words for a person: the field and the line, without type names of the framework.</summary>
public static class JsonFaults
{
    /// <summary>What <see cref="Releases.SemanticVersion"/>'s reader says of its value.</summary>
    public const string NotAVersion = "is not a version like 1.2.0";

    public static string Describe(JsonException fault)
    {
        var where = fault.LineNumber is { } line ? $" (line {line + 1})" : "";
        var field = fault.Path is { Length: > 2 } path ? $"the field \"{path[2..]}\" {Reason(fault)}" : Reason(fault);
        return field + where;
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

        if (text.StartsWith(NotAVersion, StringComparison.Ordinal))
        {
            return NotAVersion;
        }

        if (text.Contains("could not be converted", StringComparison.Ordinal))
        {
            return "has a value of the wrong type";
        }

        var end = text.IndexOf(". ", StringComparison.Ordinal);
        return "is not valid JSON: " + (end < 0 ? text : text[..end]).TrimEnd('.');
    }
}
