using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Metadata;

/// <summary>CVE-2026-23991, go-tuf #739, #721, #749: JSON of the wrong shape is refused, whatever field it is in.</summary>
public sealed class ShapeTests
{
    private static readonly DateTimeOffset s_expires = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const string Key =
        """{"keytype":"ed25519","scheme":"ed25519","keyval":{"public":"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}}""";

    private const string Delegations = $$"""
        {"keys":{"k":{{Key}}},"roles":[
            {"name":"a","keyids":["k"],"threshold":1,"terminating":false,"paths":["x/*"]},
            {"name":"b","keyids":["k"],"threshold":1,"terminating":true,"path_hash_prefixes":["0a"]}]}
        """;

    private const string Bins = $$"""
        {"keys":{"k":{{Key}}},"succinct_roles":{"keyids":["k"],"threshold":1,"bit_length":8,"name_prefix":"p"} }
        """;

    private static readonly string[] s_wrong =
    [
        "null",
        "true",
        "7",
        "-1",
        "1.5",
        "\"\"",
        "\"x\"",
        "[]",
        "{}",
        "[null]",
        "{\"a\":null}",
        "[[]]",
        "99999999999999999999",
    ];

    /// <summary>Every value in every document is replaced by every wrong one; the answer is a document or our own error.</summary>
    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    [InlineData("delegations")]
    [InlineData("bins")]
    [Trait("flaw", "CVE-2026-23991")]
    public void Any_wrong_value_in_any_place_is_our_error_or_harmless(string type)
    {
        var refused = 0;
        var original = Document(type).ToBytes();
        var places = Places(JsonNode.Parse(original)!).Count;
        for (var place = 0; place < places; place++)
        {
            foreach (var wrong in s_wrong)
            {
                var document = JsonNode.Parse(original)!;
                Places(document)[place].ReplaceWith(JsonNode.Parse(wrong));
                refused += IsRefused(type, Encoding.UTF8.GetBytes(document.ToJsonString())) ? 1 : 0;
            }
        }

        Assert.InRange(refused, places * s_wrong.Length / 2, places * s_wrong.Length);
    }

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    [InlineData("delegations")]
    [InlineData("bins")]
    public void Every_prefix_of_a_document_is_refused(string type)
    {
        var bytes = Document(type).ToBytes();
        for (var length = 0; length < bytes.Length - 2; length++)
        {
            Assert.True(IsRefused(type, bytes[..length]));
        }

        Assert.False(IsRefused(type, bytes));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"signed":null,"signatures":null}""")]
    [InlineData("""{"signed":{},"signed":{},"signatures":[]}""")]
    [InlineData("""{"signed":{},"signatures":[],"signatures":[]}""")]
    [InlineData("""{"signed":{},"signatures":[null]}""")]
    [InlineData("""{"signed":{},"signatures":[{"keyid":1,"sig":""}]}""")]
    [InlineData("""{"signed":{},"signatures":[{"keyid":"a"}]}""")]
    [Trait("flaw", "CVE-2026-23991")]
    public void An_envelope_of_another_shape_is_refused(string json) =>
        Assert.True(IsRefused("root", Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("zz00000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a00")]
    [Trait("flaw", "go-tuf-739")]
    public void An_ed25519_key_of_another_length_is_refused(string value) =>
        Assert.Throws<MetadataMalformedException>(() => new PublicKey("ed25519", "ed25519", value));

    [Fact]
    public void What_is_no_json_is_told_with_its_place_as_people_count()
    {
        var error = Assert.Throws<MetadataMalformedException>(() =>
            Envelope.Parse("root", "{\n  \"signed\": x }"u8.ToArray())
        );
        Assert.Equal("root is malformed: it is not valid JSON (line 2, byte 13).", error.Message);
        Assert.Equal("it is not valid JSON (line 2, byte 13).", error.Detail);
    }

    [Fact]
    public void A_key_of_an_unknown_type_verifies_nothing()
    {
        using var signer = Ed25519Signer.Generate();
        var signature = signer.Sign("x"u8);
        Assert.True(signer.PublicKey.Verify("x"u8, signature));
        Assert.False(new PublicKey("ml-dsa", "ml-dsa-65", "PEM").Verify("x"u8, signature));
        Assert.False(new PublicKey("ed25519", "ed25519ph", signer.PublicKey.Value).Verify("x"u8, signature));
        Assert.False(signer.PublicKey.Verify("x"u8, signature.AsSpan(0, 63)));
        Assert.False(signer.PublicKey.Verify("y"u8, signature));
    }

    [Fact]
    public void A_small_order_key_verifies_nothing()
    {
        // The identity point accepts a zero signature over any message where libraries do not look.
        var key = new PublicKey("ed25519", "ed25519", "01" + new string('0', 62));
        var signature = new byte[64];
        signature[0] = 1;
        Assert.False(key.Verify("x"u8, signature));
    }

    [Theory]
    [InlineData("2030-01-01T00:00:00Z", true)]
    [InlineData("2030-01-01t00:00:00z", true)]
    [InlineData("2030-01-01T02:00:00+02:00", true)]
    [InlineData("2030-01-01T00:00:00.000Z", true)]
    [InlineData("2030-01-01T00:00:00.00000000000001Z", true)]
    [InlineData("2030-01-01T00:00:00", false)]
    [InlineData("2030-01-01", false)]
    [InlineData("2029-12-31T19:00:00.0-05:00", true)]
    [InlineData("2030-01-01T00:00:00.Z", false)]
    [InlineData("2030-01-01T00:00:00.0", false)]
    [InlineData("2030-01-01T00:00:00+0000", false)]
    [InlineData("2030-01-01T00:00:00+00:0", false)]
    [InlineData("2030-01-01T00:00:00.000 Z", false)]
    [InlineData("2030-1-01T00:00:00Z", false)]
    [InlineData("", false)]
    [InlineData("2030-13-01T00:00:00Z", false)]
    [InlineData("2030-01-01 00:00:00Z", false)]
    [InlineData("2030-01-01T00:00:00Z\n", false)]
    [InlineData("٢٠٣٠-01-01T00:00:00Z", false)]
    public void Dates_are_rfc_3339(string text, bool good)
    {
        var document = Document("timestamp");
        document.Signed["expires"] = text;
        if (good)
        {
            Assert.Equal(s_expires, TimestampMetadata.Parse(Envelope.Parse("timestamp", document.ToBytes())).Expires);
        }
        else
        {
            Assert.True(IsRefused("timestamp", document.ToBytes()));
        }
    }

    [Theory]
    [InlineData("2.0.0")]
    [InlineData("1")]
    [InlineData("10.0")]
    public void Another_major_version_of_the_specification_is_refused(string version)
    {
        var document = Document("targets");
        document.Signed["spec_version"] = version;
        Assert.True(IsRefused("targets", document.ToBytes()));
    }

    [Theory]
    [InlineData("\"terminating\":false,", "")]
    [InlineData("\"name\":\"a\",", "")]
    [InlineData("\"name\":\"a\"", "\"name\":\"\"")]
    [InlineData("\"name\":\"a\"", "\"name\":\"b\"")]
    [InlineData("\"name\":\"a\"", "\"name\":\"root\"")]
    [InlineData("\"name\":\"a\"", "\"name\":\"targets\"")]
    [InlineData("\"name\":\"a\"", "\"name\":\"snapshot\"")]
    [InlineData("\"name\":\"a\"", "\"name\":\"timestamp\"")]
    [InlineData(",\"paths\":[\"x/*\"]", "")]
    [InlineData(",\"paths\":[\"x/*\"]", ",\"paths\":[\"x/*\"],\"path_hash_prefixes\":[\"0a\"]")]
    [InlineData("\"threshold\":1", "\"threshold\":0")]
    [InlineData("\"threshold\":1,", "")]
    [InlineData("[\"k\"]", "[\"k\",\"k\"]")]
    [InlineData("\"keyids\":[\"k\"],", "")]
    [InlineData("\"roles\"", "\"other\"")]
    [InlineData("\"keys\"", "\"other\"")]
    [InlineData("\"roles\"", "\"succinct_roles\":{},\"roles\"")]
    public void Delegations_of_another_shape_are_refused(string good, string bad)
    {
        Assert.Contains(good, Delegations, StringComparison.Ordinal);
        Assert.True(IsRefused("targets", Encoding.UTF8.GetBytes(With(Delegations.Replace(good, bad)))));
        Assert.False(IsRefused("targets", Encoding.UTF8.GetBytes(With(Delegations))));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("33")]
    [InlineData("-1")]
    [InlineData("1.0")]
    [InlineData("\"8\"")]
    [InlineData("4294967304")]
    public void Bins_have_1_to_32_bits(string bits) =>
        Assert.True(
            IsRefused(
                "targets",
                Encoding.UTF8.GetBytes(With(Bins.Replace("\"bit_length\":8", $"\"bit_length\":{bits}")))
            )
        );

    [Fact]
    public void Fields_of_a_delegation_that_are_not_known_are_carried()
    {
        var json = With(Delegations.Replace("\"name\"", "\"x-other\":[1],\"name\""));
        var document = MetadataDocument.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Equal("[1]", document.Signed["delegations"]!["roles"]![1]!["x-other"]!.ToJsonString());
        Assert.Contains("x-other", Encoding.UTF8.GetString(document.ToSignedPayload()), StringComparison.Ordinal);
    }

    private static string With(string delegations) =>
        $$"""
            {"signatures":[],"signed":{"_type":"targets","spec_version":"1.0.34","version":1,"expires":"2030-01-01T00:00:00Z",
            "targets":{},"delegations":{{delegations}} } }
            """;

    private static MetadataDocument Document(string type)
    {
        using var signer = Ed25519Signer.Generate();
        var document = type switch
        {
            "root" => MetadataDocument.NewRoot(1, s_expires),
            "timestamp" => MetadataDocument.NewTimestamp(1, s_expires),
            "snapshot" => MetadataDocument.NewSnapshot(1, s_expires),
            _ => MetadataDocument.NewTargets(1, s_expires),
        };
        if (type is "delegations" or "bins")
        {
            document.Signed["delegations"] = JsonNode.Parse(type is "bins" ? Bins : Delegations);
        }

        if (type is "root")
        {
            document.AddKey("root", signer.PublicKey);
        }

        if (type is "timestamp")
        {
            document.SetMeta("snapshot.json", 1, 5, new string('a', 64));
        }

        if (type is "targets")
        {
            document.SetTarget(new TargetName("t"), 5, new string('a', 64), new JsonObject { ["x"] = 1 });
        }

        document.Sign(signer);
        return document;
    }

    private static bool IsRefused(string type, byte[] bytes)
    {
        try
        {
            var envelope = Envelope.Parse(type, bytes);
            object _ = type switch
            {
                "root" => RootMetadata.Parse(envelope),
                "timestamp" => TimestampMetadata.Parse(envelope),
                "snapshot" => SnapshotMetadata.Parse(envelope),
                _ => TargetsMetadata.Parse(envelope),
            };
            return false;
        }
        catch (MetadataMalformedException)
        {
            return true;
        }
    }

    private static List<JsonNode> Places(JsonNode node)
    {
        var places = new List<JsonNode>();
        Collect(node, places);
        return places;

        static void Collect(JsonNode node, List<JsonNode> places)
        {
            IEnumerable<JsonNode?> children = node switch
            {
                JsonObject o => o.Select(p => p.Value),
                JsonArray a => a,
                _ => [],
            };
            foreach (var child in children)
            {
                places.Add(child!);
                Collect(child!, places);
            }
        }
    }
}
