using System.Text;
using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Metadata;

public sealed class TargetFilesTests
{
    [Fact]
    public void Targets_are_found_in_whatever_order_and_spelling_they_stand()
    {
        string[] names = ["b", "a/b", "é", "\uff61", "😀", "zz", "a\"q", "0", "a"];
        var json = string.Join(',', names.Select((name, i) => Member(i % 2 == 0 ? Escaped(name) : Plain(name), i)));
        var targets = Parse(json).Targets;
        Assert.Equal(names.Length, targets.Count);
        for (var i = 0; i < names.Length; i++)
        {
            Assert.True(targets.ContainsKey(names[i]));
            Assert.Equal((names[i], (long)i), (targets[names[i]].Name, targets[names[i]].Length));
            Assert.Equal($$"""{"i":{{i}}}""", targets[names[i]].Custom);
        }

        Assert.Equal(names.Order(StringComparer.Ordinal), targets.Keys.Order(StringComparer.Ordinal));
        Assert.All(targets, target => Assert.Equal(target.Key, target.Value.Name));
        Assert.False(targets.TryGetValue("missing", out _));
        Assert.Throws<KeyNotFoundException>(() => targets["missing"]);
    }

    [Fact]
    public void A_target_that_nobody_asks_for_is_checked_too()
    {
        var error = Assert.Throws<MetadataMalformedException>(() =>
            Parse(Member("\"a\"", 1) + ",\"b\":{\"length\":-1}")
        );
        Assert.Contains("the target 'b': 'length'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Digests_are_read_in_whatever_spelling_they_stand()
    {
        var digest = new string('a', 63) + "B";
        var target = Parse(
            $$"""
            "a": {"hashes": { "sha256" : {{Escaped(digest)}}, "sha512": "{{new string('C', 128)}}" }, "length": 3}
            """
        ).Targets["a"];
        Assert.Equal(digest.ToLowerInvariant(), target.Hashes.Values["sha256"]);
        Assert.Equal(new string('c', 128), target.Hashes.Values["sha512"]);
    }

    [Theory]
    [InlineData("\\u0067")]
    [InlineData("g")]
    public void A_digest_that_is_none_is_refused_however_it_is_spelt(string letter)
    {
        var error = Assert.Throws<MetadataMalformedException>(() =>
            Parse(
                $$"""
                "a": {"hashes": {"sha256": "{{new string('a', 63)}}{{letter}}"}, "length": 3}
                """
            )
        );
        Assert.Contains("'sha256' must be 64 hexadecimal digits", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_targets_are_no_error() => Assert.Empty(Parse("").Targets);

    private static string Member(string name, int i) =>
        $$$"""{{{name}}} : {"length":{{{i}}},"hashes":{"sha256":"{{{new string('A', 64)}}}","x":"y"},"custom":{"i":{{{i}}}}}""";

    private static string Plain(string name) => $"\"{name}\"";

    private static string Escaped(string name) => $"\"{string.Concat(name.Select(c => $"\\u{(int)c:x4}"))}\"";

    private static TargetsMetadata Parse(string targets) =>
        TargetsMetadata.Parse(
            Envelope.Parse(
                "targets",
                Encoding.UTF8.GetBytes(
                    $$"""
                    {"signatures":[],"signed":{"_type":"targets","spec_version":"1.0.34","version":1,
                    "expires":"2030-01-01T00:00:00Z","targets":{ {{targets}} } } }
                    """
                )
            )
        );
}
