using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Health;

/// <summary>Whose fault a failure is. Only <see cref="Image"/> denies a release for good.</summary>
public enum FailureClass
{
    Image,
    Config,
    Environment,
}

/// <summary>Something that is looked at before a boot gets its verdict.</summary>
/// <param name="Required">A wanted check is reported, but decides nothing.</param>
/// <param name="Timeout">null: the configuration's default.</param>
public abstract record HealthCheck(string Name, bool Required, FailureClass Class, TimeSpan? Timeout);

/// <summary>A check that the engine brings itself.</summary>
/// <param name="FindFault">Null when all is well; otherwise what is not, as a clause. To stop is its own business.</param>
public sealed record BuiltInCheck(
    string Name,
    bool Required,
    FailureClass Class,
    TimeSpan? Timeout,
    Func<CancellationToken, Task<string?>> FindFault
) : HealthCheck(Name, Required, Class, Timeout);

/// <summary>One program that says by its exit code whether the host is well.</summary>
/// <param name="Path">The program.</param>
public sealed record ProgramCheck(string Path, bool Required, FailureClass Class, TimeSpan? Timeout)
    : HealthCheck(System.IO.Path.GetFileName(Path), Required, Class, Timeout)
{
    /// <summary>Header lines are looked for in the first so many lines.</summary>
    private const int HeaderLines = 20;
    private const int MaxHeaderBytes = 8192;

    /// <summary>The checks of the directories that exist, by name within each; as in greenboot, hidden files are no checks.</summary>
    public static IReadOnlyList<ProgramCheck> Find(IEnumerable<(string Directory, bool Required)> directories) =>
        [
            .. directories
                .Where(d => Directory.Exists(d.Directory))
                .SelectMany(d =>
                    Directory
                        .GetFiles(d.Directory)
                        .Where(f => !System.IO.Path.GetFileName(f).StartsWith('.'))
                        .Order(StringComparer.Ordinal)
                        .Select(f => Read(f, d.Required))
                ),
        ];

    /// <summary>Reads "# class: image|config|environment" and "# timeout: 30s" from the head of the file. Default: image, no timeout of its own.</summary>
    private static ProgramCheck Read(string path, bool required)
    {
        var (faultOf, timeout) = (FailureClass.Image, (TimeSpan?)null);
        foreach (var line in Head(path))
        {
            faultOf = Header(line, "class:")?.ToLowerInvariant() switch
            {
                "image" => FailureClass.Image,
                "config" => FailureClass.Config,
                "environment" => FailureClass.Environment,
                _ => faultOf,
            };
            if (Header(line, "timeout:") is { } text && Times.TryParseSpan(text, out var span) && span > TimeSpan.Zero)
            {
                timeout = span;
            }
        }
        return new ProgramCheck(path, required, faultOf, timeout);
    }

    private static string? Header(string line, string key)
    {
        var text = line.TrimStart('#', ' ');
        return line.StartsWith('#') && text.StartsWith(key, StringComparison.OrdinalIgnoreCase)
            ? text[key.Length..].Trim()
            : null;
    }

    private static IEnumerable<string> Head(string path)
    {
        try
        {
            var head = DurableFile.ReadHead(path, MaxHeaderBytes);
            return System.Text.Encoding.Latin1.GetString(head).Split('\n').Take(HeaderLines);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // Running it will say what is wrong.
        }
    }
}
