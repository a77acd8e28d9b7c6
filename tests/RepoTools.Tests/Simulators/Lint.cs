using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>`repo lint` on a test's repository, and what it found.</summary>
internal static class Lint
{
    public static Task<ToolResult> LintAsync(this TestRepository repository, params string[] more) =>
        repository.RunAsync(["repo", "lint", repository.Path, "--json", .. more]);

    /// <summary>In the order in which they are told.</summary>
    public static string[] Names(ToolResult result) =>
        [.. result.Json.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];

    /// <summary>There is one finding of this name whose sentence says this, and it is as severe.</summary>
    public static void AssertFound(ToolResult result, string severity, string name, string what)
    {
        Assert.True(result.Code is 0 or 79, result.Error);
        var found = Assert.Single(
            result.Json.GetProperty("findings").EnumerateArray(),
            f =>
                f.GetProperty("name").GetString() == name
                && f.GetProperty("what").GetString()!.Contains(what, StringComparison.Ordinal)
        );
        Assert.Equal(severity, found.GetProperty("severity").GetString());
        Assert.NotEmpty(found.GetProperty("next").GetString()!);
    }
}
