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

    /// <summary>There is one finding of this name, as severe, and its sentence says this.</summary>
    public static void AssertFound(ToolResult result, string severity, string name, string what)
    {
        Assert.True(result.Code is 0 or 79, result.Error);
        var all = result.Json.GetProperty("findings").EnumerateArray();
        var found = Assert.Single(all, f => f.GetProperty("name").GetString() == name);
        Assert.Equal(severity, found.GetProperty("severity").GetString());
        Assert.Contains(what, found.GetProperty("what").GetString(), StringComparison.Ordinal);
        Assert.NotEmpty(found.GetProperty("next").GetString()!);
    }
}
