using System.Text;
using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Metadata;

public sealed class CanonicalJsonTests
{
    [Theory]
    [InlineData("""{ "b": 1, "a": [ true, false, null ] }""", """{"a":[true,false,null],"b":1}""")]
    [InlineData("""{"a":{"d":1,"c":{"z":[],"y":{}}},"":2}""", """{"":2,"a":{"c":{"y":{},"z":[]},"d":1}}""")]
    [InlineData("""{"a":"\"\\\/\u00e9\n\t"}""", "{\"a\":\"\\\"\\\\/\u00e9\n\t\"}")]
    [InlineData("123456789012345678901234567890", "123456789012345678901234567890")]
    [InlineData("[-0,0,-7]", "[0,0,-7]")]
    public void One_form_for_every_spelling(string json, string canonical) => Assert.Equal(canonical, Encode(json));

    [Fact]
    public void Names_sort_by_code_point_and_not_by_utf_16_unit()
    {
        // U+FF61 is below U+1F600, whose first surrogate D83D is below FF61.
        Assert.Equal("{\"\uff61\":1,\"\U0001F600\":2}", Encode("{\"\U0001F600\":2,\"\uff61\":1}"));
    }

    /// <summary>The writer copies nothing while the source is canonical: each place where it may begin to differ.</summary>
    [Theory]
    [InlineData("""{"a":[1,2],"b":{"c":"d"}}""")]
    [InlineData("""{"a":[1,2],"b":{"c":"d"} }""")]
    [InlineData("""{"a":[1,2],"b":{"c" :"d"}}""")]
    [InlineData("""{"a":[1, 2],"b":{"c":"d"}}""")]
    [InlineData("""{"\u0061":[1,2],"b":{"c":"d"}}""")]
    [InlineData("""{"a":[1,2],"b":{"c":"\u0064"}}""")]
    [InlineData("""{"b":{"c":"d"},"a":[1,2]}""")]
    [InlineData(""" {"a":[1,2],"b":{"c":"d"}}""")]
    public void The_first_difference_may_be_anywhere(string json) =>
        Assert.Equal("""{"a":[1,2],"b":{"c":"d"}}""", Encode(json));

    [Fact]
    public void What_is_canonical_already_is_not_copied()
    {
        var bytes = Encoding.UTF8.GetBytes("""{ "signed": {"a":1,"b":[true]}, "signatures": [] }""");
        var envelope = Envelope.Parse("x", bytes);
        Assert.True(envelope.Signed.Equals(envelope.Canonical));
        var other = Envelope.Parse(
            "x",
            Encoding.UTF8.GetBytes("""{ "signed": {"b":[true],"a":1}, "signatures": [] }""")
        );
        Assert.Equal(envelope.Canonical.ToArray(), other.Canonical.ToArray());
    }

    [Fact]
    public void Names_are_not_normalised()
    {
        Assert.Equal("{\"e\u0301\":1,\"\u00e9\":2}", Encode("{\"\u00e9\":2,\"e\u0301\":1}"));
    }

    [Theory]
    [InlineData("1.0")]
    [InlineData("""{"a":1e3}""")]
    [InlineData("""{"a":1,"b":2,"a":3}""")]
    [InlineData("""{"a":1,"\u0061":3}""")]
    [InlineData("""{"a":1}x""")]
    [InlineData("""{"a":1} {}""")]
    [InlineData("""["\ud800"]""")]
    [InlineData("")]
    [InlineData("[1,]")]
    [InlineData("[01]")]
    [InlineData("// no\n[]")]
    public void What_has_no_canonical_form_is_refused(string json) =>
        Assert.Throws<MetadataMalformedException>(() => Encode(json));

    [Fact]
    public void Invalid_utf8_is_refused() =>
        Assert.Throws<MetadataMalformedException>(() => CanonicalJson.Encode([(byte)'"', 0xC3, 0x28, (byte)'"']));

    [Fact]
    public void Depth_is_bounded()
    {
        var deep = new string('[', 65) + new string(']', 65);
        Assert.Throws<MetadataMalformedException>(() => Encode(deep));
        Assert.Equal(deep[1..^1], Encode(deep[1..^1]));
    }

    private static string Encode(string json) =>
        Encoding.UTF8.GetString(CanonicalJson.Encode(Encoding.UTF8.GetBytes(json)));
}
