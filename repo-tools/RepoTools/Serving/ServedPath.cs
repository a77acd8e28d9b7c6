namespace RepoTools.Serving;

/// <summary>
/// Turns the target of a request into a file below metadata/ or targets/, or null. Works on the text as it was sent: a server that decodes first
/// and looks for ".." afterwards is how directories are escaped.
/// </summary>
internal static class ServedPath
{
    /// <summary>Longest request target, in characters; a target's name has 1024 at most.</summary>
    public const int MaxLength = 4096;

    private static readonly string[] s_served = ["metadata", "targets"];

    /// <param name="rawTarget">As in the request line: "/targets/ab%20c?x=1".</param>
    /// <returns>Segments of a relative path; none is empty, "." or "..", or holds a separator.</returns>
    public static string[]? Parse(string rawTarget)
    {
        if (rawTarget.Length > MaxLength || !rawTarget.StartsWith('/'))
        {
            return null;
        }

        var path = rawTarget.Split('?', 2)[0][1..];
        var segments = path.Split('/').Select(Decode).ToArray();
        var usable =
            segments.Length > 1
            && s_served.Contains(segments[0], StringComparer.Ordinal)
            && Array.TrueForAll(segments, IsName);
        return usable ? segments : null;
    }

    /// <summary>A slash in a role's name is in the file's name as %2F; a reader may send it as it is.</summary>
    private static string Decode(string segment)
    {
        var decoded = Uri.UnescapeDataString(segment);
        return decoded.Contains('/', StringComparison.Ordinal) ? segment : decoded;
    }

    private static bool IsName(string segment) =>
        segment is not ("" or "." or "..") && !segment.Any(c => c is '/' or '\\' || char.IsControl(c));
}
