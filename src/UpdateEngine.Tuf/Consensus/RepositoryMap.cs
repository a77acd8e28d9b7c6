using System.Text.Json;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Consensus;

/// <summary>
/// Which repositories must vouch for which targets: the map file of TAP 4. It is part of the configuration of a host, written by somebody
/// who is trusted, and never comes from a repository. JSON by the same rules as metadata (no name twice, no fractions, a limited depth);
/// fields that are not known are ignored.
/// </summary>
public sealed class RepositoryMap
{
    private const string Subject = "The map file";

    private RepositoryMap(IReadOnlyList<MapRepository> repositories, IReadOnlyList<TargetMapping> mappings)
    {
        Repositories = repositories;
        Mappings = mappings;
    }

    /// <summary>In the order of the document, which means nothing.</summary>
    public IReadOnlyList<MapRepository> Repositories { get; }

    /// <summary>In the order of the document, which is the order in which they are tried.</summary>
    public IReadOnlyList<TargetMapping> Mappings { get; }

    /// <param name="bytes">The file.</param>
    /// <param name="limits">For its length, its depth and its numbers of repositories and mappings; the defaults where null.</param>
    /// <exception cref="TooLargeException">The file is longer than the limit.</exception>
    /// <exception cref="MetadataMalformedException">
    /// Another shape; a threshold that cannot be reached, or below 1; a repository in a mapping that is not declared, or stands there twice.
    /// </exception>
    public static RepositoryMap Parse(ReadOnlyMemory<byte> bytes, TufLimits? limits = null)
    {
        limits ??= new TufLimits();
        if (bytes.Length > limits.MapLength)
        {
            throw new TooLargeException(Subject, limits.MapLength);
        }

        try
        {
            return Read(bytes.Span, limits);
        }
        catch (Exception error) when (MetadataMalformedException.IsCausedBy(error))
        {
            throw new MetadataMalformedException(Subject, error.Message, error);
        }
    }

    private static RepositoryMap Read(ReadOnlySpan<byte> bytes, TufLimits limits)
    {
        RefuseWhatMetadataMayNotHold(bytes, limits);
        List<MapRepository>? repositories = null;
        List<TargetMapping>? mappings = null;
        var json = new FieldReader(bytes, limits.JsonDepth);
        json.ReadObject("the document");
        while (json.NextField(out var name))
        {
            if (name is "repositories")
            {
                repositories = ReadRepositories(ref json, limits);
            }
            else if (name is "mapping")
            {
                mappings = ReadMappings(ref json, limits);
            }
            else
            {
                json.Skip();
            }
        }

        if (repositories is null || mappings is null)
        {
            throw new JsonException("'repositories' and 'mapping' are required.");
        }

        var declared = repositories.Select(repository => repository.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var unknown in mappings.SelectMany(mapping => mapping.Repositories).Where(n => !declared.Contains(n)))
        {
            throw new JsonException($"a mapping names '{unknown}', which is not among the repositories.");
        }

        return new RepositoryMap(repositories, mappings);
    }

    // Names that occur twice, above all: two readers could each take another one for the truth.
    private static void RefuseWhatMetadataMayNotHold(ReadOnlySpan<byte> bytes, TufLimits limits)
    {
        var canonical = new CanonicalWriter(bytes);
        var json = new FieldReader(bytes, limits.JsonDepth);
        json.ReadCanonical(ref canonical);
        json.ReadEnd();
    }

    private static List<MapRepository> ReadRepositories(ref FieldReader json, TufLimits limits)
    {
        var repositories = new List<MapRepository>();
        json.ReadObject("'repositories'");
        while (json.NextField(out var name))
        {
            repositories.Add(MapRepository.Read(ref json, name));
            RequireAtMost(limits.MapRepositories, repositories.Count, "repositories");
        }

        return repositories;
    }

    private static List<TargetMapping> ReadMappings(ref FieldReader json, TufLimits limits)
    {
        var mappings = new List<TargetMapping>();
        json.ReadArray("'mapping'");
        while (json.NextObject("a mapping"))
        {
            mappings.Add(TargetMapping.Read(ref json));
            RequireAtMost(limits.Mappings, mappings.Count, "mappings");
        }

        return mappings;
    }

    private static void RequireAtMost(int limit, int count, string what)
    {
        if (count > limit)
        {
            throw new JsonException($"it has more than {limit} {what}.");
        }
    }
}
