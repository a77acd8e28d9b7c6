using Xunit;

namespace UpdateEngine.Tuf.Tests;

/// <summary>CVE-2021-41131, CVE-2021-41149/41150, CVE-2026-6968: names that leave their directory.</summary>
public sealed class TargetNameTests
{
    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../b")]
    [InlineData("../a")]
    [InlineData("a/..")]
    [InlineData("a/./b")]
    [InlineData("a//b")]
    [InlineData("a/")]
    [InlineData("a\\b")]
    [InlineData("a\0b")]
    [InlineData("a\nb")]
    [InlineData("a\u001b[2J")]
    [InlineData("a\ud800")]
    [Trait("flaw", "CVE-2021-41149")]
    [Trait("flaw", "CVE-2021-41150")]
    public void Dangerous_names_are_refused(string name) =>
        Assert.Throws<MetadataMalformedException>(() => new TargetName(name));

    [Theory]
    [InlineData("manifest.json", "x.manifest.json")]
    [InlineData("dir/sub/f", "dir/sub/x.f")]
    [InlineData("a b?c#d%2F..%2Fe[f]", "x.a%20b%3Fc%23d%252F..%252Fe%5Bf%5D")]
    [InlineData("é..", "x.%C3%A9..")]
    [Trait("flaw", "CVE-2021-41149")]
    [Trait("flaw", "CVE-2021-41150")]
    public void Other_names_are_escaped_segment_by_segment(string name, string path) =>
        Assert.Equal(path, new TargetName(name).ToUrlPath("x."));

    [Fact]
    public void Names_have_a_limit() =>
        Assert.Throws<MetadataMalformedException>(() => new TargetName(new string('a', 1025)));
}
