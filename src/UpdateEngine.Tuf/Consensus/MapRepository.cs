using System.Text.Json;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>A repository of a map file.</summary>
/// <param name="Name">Any text without control characters. It names the repository to people and to the caller; it is never a path.</param>
/// <param name="Urls">At least one, absolute: the repository itself, then its mirrors in the order in which they are tried.</param>
public sealed record MapRepository(string Name, IReadOnlyList<Uri> Urls)
{
    internal static MapRepository Read(ref FieldReader json, string name)
    {
        if (name.Any(char.IsControl))
        {
            throw new JsonException("the name of a repository holds a control character.");
        }

        var urls = json.ReadStrings($"the repository '{name}'").Select(ReadUrl).ToArray();
        return urls.Length > 0
            ? new MapRepository(name, urls)
            : throw new JsonException($"the repository '{name}' has no address.");
    }

    private static Uri ReadUrl(string text)
    {
        // An absolute path would be taken for a file's address; and names of files cannot be appended to a query.
        if (
            Uri.TryCreate(text, UriKind.Absolute, out var url)
            && text.StartsWith(url.Scheme + "://", StringComparison.OrdinalIgnoreCase)
            && url.Query is ""
            && url.Fragment is ""
        )
        {
            return url;
        }

        throw new JsonException($"'{text}' is not the address of a repository.");
    }
}
