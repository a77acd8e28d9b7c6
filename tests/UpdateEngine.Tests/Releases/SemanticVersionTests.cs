using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using UpdateEngine.Releases;

namespace UpdateEngine.Tests.Releases;

public sealed class SemanticVersionTests
{
    /// <summary>semver.org 2.0.0, section 11, and a number longer than any integer type.</summary>
    private static readonly string[] s_ascending =
    [
        "0.0.0-0",
        "0.0.0",
        "0.9.9",
        "1.0.0-0",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-99999999999999999999998",
        "1.0.0-99999999999999999999999",
        "1.0.0--",
        "1.0.0-A",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0-rc.1",
        "2.0.0",
        "18446744073709551615.0.0",
    ];

    [Fact]
    public void Precedence_is_the_standards()
    {
        for (var i = 0; i < s_ascending.Length; i++)
        {
            for (var j = 0; j < s_ascending.Length; j++)
            {
                var (left, right) = (SemanticVersion.Parse(s_ascending[i]), SemanticVersion.Parse(s_ascending[j]));
                Assert.Equal(Math.Sign(i.CompareTo(j)), Math.Sign(left.CompareTo(right)));
                Assert.Equal(i == j, left == right);
                bool[] expected = [i < j, i > j, i <= j, i >= j];
                bool[] found = [left < right, left > right, left <= right, left >= right];
                Assert.Equal(expected, found);
            }
        }
    }

    [Theory]
    [InlineData("v1.2.0", "1.2.0")]
    [InlineData("V1.2.0", "1.2.0")]
    [InlineData("1.2.0+build.5", "1.2.0+build.5")]
    [InlineData("v1.2.0-rc.1+001", "1.2.0-rc.1+001")]
    [InlineData("1.0.0-x-y-z.--", "1.0.0-x-y-z.--")]
    public void A_leading_v_is_dropped_and_the_rest_is_kept_as_it_was_written(string text, string kept) =>
        Assert.Equal(kept, SemanticVersion.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("v")]
    [InlineData("vv1.0.0")]
    [InlineData("1")]
    [InlineData("1.2")]
    [InlineData("1.2.3.4")]
    [InlineData("1.2.03")]
    [InlineData("01.2.3")]
    [InlineData("1.2.-3")]
    [InlineData("+1.2.3")]
    [InlineData("1.2.3-")]
    [InlineData("1.2.3-a..b")]
    [InlineData("1.2.3-01")]
    [InlineData("1.2.3+")]
    [InlineData("1.2.3+a+b")]
    [InlineData("1.2.3 ")]
    [InlineData(" 1.2.3")]
    [InlineData("1.2.3\n")]
    [InlineData("1.2.x")]
    [InlineData("1.2.\u0663")]
    [InlineData("1.2.3-\u00e9")]
    [InlineData("18446744073709551616.0.0")]
    public void What_is_no_version_is_refused(string text)
    {
        Assert.False(SemanticVersion.TryParse(text, out _));
        Assert.Contains(text, Assert.Throws<FormatException>(() => SemanticVersion.Parse(text)).Message);
    }

    [Fact]
    public void A_version_has_a_limit_in_length()
    {
        Assert.True(SemanticVersion.TryParse("1.0.0-" + new string('a', SemanticVersion.MaxLength - 6), out _));
        Assert.False(SemanticVersion.TryParse("1.0.0-" + new string('a', SemanticVersion.MaxLength - 5), out _));
    }

    [Fact]
    public void Build_metadata_takes_no_part_in_precedence_or_equality()
    {
        var (a, b) = (SemanticVersion.Parse("1.0.0+a"), SemanticVersion.Parse("1.0.0+b"));
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
    }

    [Fact]
    public void Json_holds_a_version_as_its_text_and_nothing_else()
    {
        Assert.Equal("\"1.2.0\"", JsonSerializer.Serialize(SemanticVersion.Parse("v1.2.0")));
        Assert.Equal("1.2.0", JsonSerializer.Deserialize<SemanticVersion>("\"1.2.0\"")!.ToString());
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<SemanticVersion>("12"));
    }

    [Fact]
    public void Order_is_total_and_text_round_trips()
    {
        var identifier = Gen.Elements("0", "7", "10", "a", "b", "a-b", "0a");
        var version =
            from core in Gen.ArrayOf(Gen.Choose(0, 3), 3)
            from pre in Gen.ListOf(identifier, 2)
            from has in Gen.Elements(true, false)
            select string.Join('.', core) + (has ? "-" + string.Join('.', pre) : "");
        Prop.ForAll(
                Arb.From(Gen.Three(version)),
                v =>
                {
                    var (a, b, c) = (Parse(v.Item1), Parse(v.Item2), Parse(v.Item3));
                    var isAntisymmetric = Math.Sign(a.CompareTo(b)) == -Math.Sign(b.CompareTo(a));
                    var isTransitive = !(a <= b && b <= c) || a <= c;
                    return isAntisymmetric
                        && isTransitive
                        && a.ToString() == v.Item1
                        && (a == b) == (v.Item1 == v.Item2);
                }
            )
            .QuickCheckThrowOnFailure();
    }

    private static SemanticVersion Parse(string text) => SemanticVersion.Parse(text);
}
