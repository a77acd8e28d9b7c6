using System.Reflection;
using System.Text.RegularExpressions;
using Xunit;

namespace UpdateEngine.Tuf.Tests;

/// <summary>The table of other clients' published flaws in README.md: each has its tests, found by the advisory's name.</summary>
public sealed partial class FlawTests
{
    private static readonly string[] s_flaws =
    [
        "CVE-2020-15093",
        "CVE-2020-15163",
        "CVE-2020-6173",
        "CVE-2020-6174",
        "CVE-2021-41131",
        "CVE-2021-41149",
        "CVE-2021-41150",
        "CVE-2022-29173",
        "CVE-2024-47534",
        "CVE-2025-2885",
        "CVE-2025-2886",
        "CVE-2025-2887",
        "CVE-2025-2888",
        "CVE-2026-23991",
        "CVE-2026-23992",
        "CVE-2026-24686",
        "CVE-2026-6966",
        "CVE-2026-6967",
        "CVE-2026-6968",
        "GHSA-9pfj-pjv5-22gj",
        "GHSA-qp9x-wp8f-qgjj",
        "GMS-2022-4197",
        "X41-python-tuf-2022",
        "go-tuf-721",
        "go-tuf-733",
        "go-tuf-739",
        "go-tuf-749",
    ];

    private static string Tests => Path.Join(BuiltProgram.Checkout, "tests");

    [Fact]
    public void Every_flaw_has_a_row_and_a_test() =>
        Assert.Equal(s_flaws, Table().Select(entry => entry.Flaw).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void The_table_names_the_tests_that_have_the_trait_and_no_others() =>
        Assert.Equal(
            Traits().Select(entry => $"{entry.Flaw} {entry.Test}").Order(StringComparer.Ordinal),
            Table().Select(entry => $"{entry.Flaw} {entry.Test}").Order(StringComparer.Ordinal)
        );

    private static IEnumerable<(string Flaw, string Test)> Table()
    {
        foreach (Match row in Row().Matches(File.ReadAllText(Path.Join(Tests, "UpdateEngine.Tuf.Tests/README.md"))))
        {
            foreach (var flaw in row.Groups["flaws"].Value.Split(", "))
            {
                foreach (Match test in Name().Matches(row.Groups["tests"].Value))
                {
                    yield return (flaw, test.Groups[1].Value);
                }
            }
        }
    }

    private static IEnumerable<(string Flaw, string Test)> Traits()
    {
        foreach (var method in typeof(FlawTests).Assembly.GetTypes().SelectMany(type => type.GetMethods()))
        {
            foreach (var trait in method.GetCustomAttributes<TraitAttribute>().Where(trait => trait.Name is "flaw"))
            {
                yield return (trait.Value, $"{method.DeclaringType!.Name}.{method.Name}");
            }
        }

        // Of the tools, which this project does not know.
        var source = File.ReadAllText(Path.Join(Tests, "RepoTools.Tests/KeyTests.cs"));
        foreach (Match match in TraitOfTools().Matches(source))
        {
            yield return (match.Groups[1].Value, $"KeyTests.{match.Groups[2].Value}");
        }
    }

    [GeneratedRegex(@"^\| (?!flaw |---)[^|]+ \| (?<flaws>[^|]+) \| (?<tests>`[^|]+`) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z]+\\.[A-Za-z0-9_]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("""Trait\("flaw", "([^"]+)"\)\]\s+public async Task (\w+)""")]
    private static partial Regex TraitOfTools();
}
