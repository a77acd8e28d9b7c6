using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Metadata;

public sealed class PathPatternTests
{
    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", false)]
    [InlineData("*", "a", true)]
    [InlineData("*", "a/b", false)]
    [InlineData("*/*", "a/b", true)]
    [InlineData("a*", "a/b", false)]
    [InlineData("a?b", "a/b", false)]
    [InlineData("**", "a/b", false)]
    [InlineData("a/*", "a", false)]
    [InlineData("a/", "a", false)]
    [InlineData("/a", "a", false)]
    [InlineData("*.tgz", "foo.tgz", true)]
    [InlineData("*.tgz", ".tgz", true)]
    [InlineData("*.tgz", "foo.tgz.txt", false)]
    [InlineData("foo-?.tgz", "foo-2.tgz", true)]
    [InlineData("foo-?.tgz", "foo-.tgz", false)]
    [InlineData("foo-?.tgz", "foo-alpha.tgz", false)]
    [InlineData("?", "é", true)]
    [InlineData("?", "😀", true)]
    [InlineData("??", "😀", false)]
    [InlineData("*?", "😀", true)]
    [InlineData("*??", "😀", false)]
    [InlineData("[ab]", "a", false)]
    [InlineData("[ab]", "[ab]", true)]
    [InlineData("a.c", "abc", false)]
    [InlineData("releases/*/*", "releases/x/v1", true)]
    [InlineData("releases/*/*", "releases/v1", false)]
    [InlineData("", "a", false)]
    [Trait("flaw", "GHSA-qp9x-wp8f-qgjj")]
    public void A_wildcard_stays_within_its_segment(string pattern, string name, bool matches) =>
        Assert.Equal(matches, new PathPattern(pattern).Matches(new TargetName(name)));

    [Fact]
    public void Many_stars_take_no_longer_than_the_product_of_the_lengths()
    {
        var pattern = new PathPattern(string.Concat(Enumerable.Repeat("a*", 500)) + "b");
        Assert.False(pattern.Matches(new TargetName(new string('a', 1000))));
    }

    [Fact]
    public void It_agrees_with_a_regular_expression() =>
        Prop.ForAll(
                Texts("ab/*?😀").ToArbitrary(),
                Texts("ab/😀").Where(IsName).ToArbitrary(),
                (pattern, name) =>
                    new PathPattern(pattern).Matches(new TargetName(name)) == Expression(pattern).IsMatch(name)
            )
            .Check(Config.QuickThrowOnFailure.WithMaxTest(5000));

    [Fact]
    public void What_a_name_is_made_into_a_pattern_of_matches_it() =>
        Prop.ForAll(
                Texts("ab/").Where(IsName).ToArbitrary(),
                name =>
                    new PathPattern(name).Matches(new TargetName(name))
                    && new PathPattern(name.Replace('a', '?')).Matches(new TargetName(name))
                    && new PathPattern(name.Replace("a", "a*")).Matches(new TargetName(name))
            )
            .QuickCheckThrowOnFailure();

    private static Gen<string> Texts(string alphabet) =>
        Gen.Elements(alphabet.EnumerateRunes().Select(rune => rune.ToString()).ToArray())
            .ArrayOf()
            .Select(parts => string.Concat(parts.Take(6)));

    private static bool IsName(string text) => text.Split('/').All(segment => segment.Length > 0);

    private static Regex Expression(string pattern)
    {
        const string One = @"(?:[\ud800-\udbff][\udc00-\udfff]|[^/\ud800-\udfff])";
        var parts = pattern
            .EnumerateRunes()
            .Select(r =>
                r.ToString() switch
                {
                    "*" => One + "*",
                    "?" => One,
                    var c => Regex.Escape(c),
                }
            );
        return new Regex($@"\A{string.Concat(parts)}\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(10));
    }
}
