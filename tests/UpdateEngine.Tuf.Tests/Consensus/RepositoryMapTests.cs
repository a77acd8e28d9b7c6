using System.Text;
using UpdateEngine.Tuf.Consensus;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Consensus;

public sealed class RepositoryMapTests
{
    private const string Good = """
        {
          "repositories": { "Django": ["https://django.example/"], "PyPI": ["https://pypi.example", "https://mirror.example/pypi"] },
          "comment": { "not": ["known", null, true, -1] },
          "mapping": [
            { "paths": ["django/*.tgz", "*.whl"], "repositories": ["Django", "PyPI"], "terminating": true, "threshold": 2, "x": {} },
            { "paths": ["*"], "repositories": ["PyPI"], "terminating": false, "threshold": 1 }
          ]
        }
        """;

    [Fact]
    public void A_map_is_read_in_its_order()
    {
        var map = Parse(Good);
        Assert.Equal(["Django", "PyPI"], map.Repositories.Select(repository => repository.Name));
        Assert.Equal("https://mirror.example/pypi", map.Repositories[1].Urls[1].AbsoluteUri);
        Assert.Equal(2, map.Mappings[0].Threshold);
        Assert.True(map.Mappings[0].Terminating);
        Assert.False(map.Mappings[1].Terminating);
        Assert.Equal(["Django", "PyPI"], map.Mappings[0].Repositories);
    }

    [Theory]
    [InlineData("django/a.tgz", 0)]
    [InlineData("a.whl", 0)]
    [InlineData("a.tgz", 1)]
    [InlineData("django/b/a.tgz", -1)]
    [InlineData("x/a.whl", -1)]
    [InlineData("a.WHL", 1)]
    public void Patterns_match_segment_by_segment_as_those_of_delegations_do(string target, int mapping)
    {
        var found = Parse(Good).Mappings.ToList().FindIndex(m => m.IsFor(new TargetName(target)));
        Assert.Equal(mapping, found);
    }

    [Theory]
    [InlineData("\"threshold\": 2", "\"threshold\": 0")]
    [InlineData("\"threshold\": 2", "\"threshold\": -1")]
    [InlineData("\"threshold\": 2", "\"threshold\": 3")]
    [InlineData("\"threshold\": 2", "\"threshold\": 4294967298")]
    [InlineData("\"threshold\": 2", "\"threshold\": 2.0")]
    [InlineData("\"threshold\": 2", "\"threshold\": \"2\"")]
    [InlineData("\"threshold\": 2", "\"x\": 2")]
    [InlineData("\"threshold\": 2", "\"threshold\": 2, \"threshold\": 1")]
    [InlineData("\"terminating\": true", "\"terminating\": 1")]
    [InlineData("\"terminating\": true", "\"y\": 1")]
    [InlineData("[\"Django\", \"PyPI\"]", "[\"Django\", \"Django\"]")]
    [InlineData("[\"Django\", \"PyPI\"]", "[\"Django\", \"pypi\"]")]
    [InlineData("[\"Django\", \"PyPI\"]", "\"Django\"")]
    [InlineData("[\"Django\", \"PyPI\"]", "[]")]
    [InlineData("[\"Django\", \"PyPI\"]", "[null, \"PyPI\"]")]
    [InlineData("[\"*\"]", "[]")]
    [InlineData("[\"*\"]", "[\"\"]")]
    [InlineData("[\"*\"]", "[\"/*\"]")]
    [InlineData("[\"*\"]", "[1]")]
    [InlineData("\"PyPI\": [", "\"Django\": [")]
    [InlineData("\"PyPI\": [", "\"Dj\\u0061ngo\": [")]
    [InlineData("\"PyPI\": [", "\"Py\\u001bPI\": [")]
    [InlineData("[\"https://django.example/\"]", "[]")]
    [InlineData("[\"https://django.example/\"]", "\"https://django.example/\"")]
    [InlineData("\"https://django.example/\"", "\"/srv/django\"")]
    [InlineData("\"https://django.example/\"", "\"django.example\"")]
    [InlineData("\"https://django.example/\"", "\"https://django.example/?q\"")]
    [InlineData("\"https://django.example/\"", "\"https://django.example/#f\"")]
    [InlineData("\"comment\"", "\"mapping\"")]
    [InlineData("\"mapping\"", "\"mappings\"")]
    [InlineData("\"repositories\": {", "\"repository\": {")]
    [InlineData("-1]", "1.5]")]
    public void What_is_wrong_or_ambiguous_is_refused(string good, string bad)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        Assert.Equal(
            "tuf-malformed",
            Assert.Throws<MetadataMalformedException>(() => Parse(Good.Replace(good, bad))).Code
        );
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"repositories\":[],\"mapping\":[]}")]
    [InlineData("{\"repositories\":{},\"mapping\":{}}")]
    [InlineData("{\"repositories\":{},\"mapping\":[[]]}")]
    [InlineData("{\"repositories\":{},\"mapping\":[null]}")]
    [InlineData("{\"repositories\":null,\"mapping\":null}")]
    [InlineData("{\"repositories\":{},\"mapping\":[]} x")]
    [InlineData("{\"repositories\":{},\"mapping\":[]")]
    public void Another_shape_is_refused(string text) => Assert.Throws<MetadataMalformedException>(() => Parse(text));

    [Fact]
    public void A_map_that_names_nothing_is_a_map() =>
        Assert.Empty(Parse("{\"repositories\":{},\"mapping\":[]}").Mappings);

    [Fact]
    public void Length_depth_and_numbers_are_limited()
    {
        var limits = new TufLimits
        {
            MapLength = Good.Length,
            MapRepositories = 2,
            Mappings = 2,
            JsonDepth = 4,
        };
        Parse(Good, limits);
        Assert.Throws<TooLargeException>(() => Parse(Good, limits with { MapLength = Good.Length - 1 }));
        Assert.Throws<MetadataMalformedException>(() => Parse(Good, limits with { MapRepositories = 1 }));
        Assert.Throws<MetadataMalformedException>(() => Parse(Good, limits with { Mappings = 1 }));
        Assert.Throws<MetadataMalformedException>(() => Parse(Good, limits with { JsonDepth = 3 }));
    }

    private static RepositoryMap Parse(string text, TufLimits? limits = null) =>
        RepositoryMap.Parse(Encoding.UTF8.GetBytes(text), limits);
}
