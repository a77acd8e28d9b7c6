using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace UpdateEngine.Tests;

/// <summary>docs/errors.md is what users search when a code appears: it must name each code, with its exit code, and no other.</summary>
public sealed partial class ErrorsDocumentTests
{
    [Fact]
    public void Every_code_of_the_catalogue_has_its_line_with_its_exit_code()
    {
        var documented = Documented();
        foreach (var code in Catalogue())
        {
            Assert.True(
                documented.TryGetValue(code.Name, out var exit),
                $"docs/errors.md has no line for `{code.Name}`"
            );
            Assert.Equal((int)code.Exit, exit);
        }
    }

    [Fact]
    public void No_line_names_a_code_that_does_not_exist()
    {
        var known = Catalogue().Select(c => c.Name).Concat(["terminated"]).ToHashSet(StringComparer.Ordinal);
        Assert.Subset(
            known,
            Documented().Keys.Where(name => !name.StartsWith("tuf-", StringComparison.Ordinal)).ToHashSet()
        );
    }

    [Fact]
    public void Every_code_of_the_tuf_library_has_its_line()
    {
        var source = File.ReadAllText(Path.Combine(Repository(), "src/UpdateEngine.Tuf/TufException.cs"));
        var codes = TufCode().Matches(source).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.NotEmpty(codes);
        Assert.Empty(codes.Except(Documented().Keys));
    }

    private static IEnumerable<ErrorCode> Catalogue() =>
        typeof(ErrorCodes)
            .GetFields(BindingFlags.Public | BindingFlags.Static)
            .Select(f => f.GetValue(null))
            .OfType<ErrorCode>();

    private static Dictionary<string, int> Documented() =>
        Line()
            .Matches(File.ReadAllText(Path.Combine(Repository(), "docs/errors.md")))
            .ToDictionary(m => m.Groups[1].Value, m => int.Parse(m.Groups[2].Value), StringComparer.Ordinal);

    internal static string Repository()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "UpdateEngine.sln")))
        {
            directory =
                Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("not inside the repository");
        }

        return directory;
    }

    [GeneratedRegex(@"^\| `([a-z-]+)` \| (\d+) \|", RegexOptions.Multiline)]
    private static partial Regex Line();

    [GeneratedRegex("\"(tuf-[a-z-]+)\"")]
    private static partial Regex TufCode();
}
