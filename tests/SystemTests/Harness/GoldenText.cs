using System.Text.RegularExpressions;

namespace SystemTests.Harness;

/// <summary>
/// Texts that people read, pinned in Golden/*.txt with times and paths made the same. UPDATE_ENGINE_WRITE_GOLDEN=1 writes them anew; then read the
/// difference as a reader of the program would.
/// </summary>
internal static partial class GoldenText
{
    public static void Check(string name, string text, Sandbox host)
    {
        var actual = Time()
            .Replace(
                Ago().Replace(text.Replace(host.Host, "<host>", StringComparison.Ordinal), "(<span> ago)"),
                "<time>"
            );
        actual = Port().Replace(actual, "http://127.0.0.1:<port>");
        var path = Path.Combine(Programs.Repository, "tests/SystemTests/Golden", name + ".txt");
        if (Environment.GetEnvironmentVariable("UPDATE_ENGINE_WRITE_GOLDEN") == "1")
        {
            File.WriteAllText(path, actual);
        }

        Assert.True(File.Exists(path), $"{path} is missing; UPDATE_ENGINE_WRITE_GOLDEN=1 writes it:\n{actual}");
        Assert.Equal(File.ReadAllText(path), actual);
    }

    [GeneratedRegex(
        @"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? UTC",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex Time();

    [GeneratedRegex(@"\([^()]* ago\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Ago();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Port();
}
