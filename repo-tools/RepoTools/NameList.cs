namespace RepoTools;

/// <summary>Names in a sentence, of which there may be thousands.</summary>
internal static class NameList
{
    private const int Most = 5;

    /// <summary>"a, b, c, d, e and 7 more"</summary>
    public static string Some(IReadOnlyCollection<string> names)
    {
        var some = string.Join(", ", names.Take(Most));
        return names.Count > Most ? $"{some} and {names.Count - Most} more" : some;
    }
}
