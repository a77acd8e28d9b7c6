using System.Text;
using System.Text.Json;
using UpdateEngine.Releases;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Releases;

public sealed class ManifestTests
{
    private const string Update = """
        "variant": "demo", "arch": "x86_64", "version": "1.2.0", "max_version": "1.2.0",
        "waves": { "0": "2026-11-20T12:00:00Z", "2048": "2026-11-21T12:00:00Z" },
        "images": { "boot": "b.zst", "root": "r.zst", "hash": "h.zst" }
        """;

    /// <summary>The shape of Bottlerocket's own, with fields that only it knows.</summary>
    private const string Bottlerocket = """
        {
          "updates": [
            {
              "variant": "aws-k8s-1.24",
              "arch": "aarch64",
              "version": "1.13.0",
              "max_version": "1.20.0",
              "status": "Ready",
              "waves": { "0": "2023-02-27T19:30:00Z", "20": "2023-02-27T23:30:00Z", "1843": "2023-03-03T19:30:00Z" },
              "images": { "boot": "boot.ext4.lz4", "root": "root.ext4.lz4", "hash": "root.verity.lz4" }
            }
          ],
          "datastore_versions": { "1.13.0": "1.12" },
          "migrations": { "(0.3.1, 0.3.2)": ["migrate_v0.3.2_a.lz4", "migrate_v0.3.2_b.lz4"], "(0.3.2, 0.3.3)": [] }
        }
        """;

    [Fact]
    public void A_manifest_of_bottlerocket_is_read()
    {
        var manifest = Parse(Bottlerocket);
        var update = Assert.Single(manifest.Updates);
        Assert.Equal("aws-k8s-1.24 1.13.0 (aarch64)", update.ToString());
        Assert.Equal([0, 20, 1843], update.Waves.Keys);
        Assert.Equal(["migrate_v0.3.2_a.lz4", "migrate_v0.3.2_b.lz4"], manifest.Migrations["(0.3.1, 0.3.2)"]);
        Assert.Empty(manifest.Migrations["(0.3.2, 0.3.3)"]);
    }

    [Fact]
    public void Times_are_written_as_other_implementations_write_them()
    {
        var written = Encoding.UTF8.GetString(Parse(Bottlerocket).ToBytes());
        Assert.Contains("\"1843\": \"2023-03-03T19:30:00Z\"", written, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_fields_survive_a_round_trip()
    {
        // UTC may be written either way (RFC 3339).
        var written = Encoding
            .UTF8.GetString(Parse(Bottlerocket).ToBytes())
            .Replace("\\u002B00:00", "Z", StringComparison.Ordinal);
        using var again = JsonDocument.Parse(written.Replace("+00:00", "Z", StringComparison.Ordinal));
        Assert.Equal("Ready", again.RootElement.GetProperty("updates")[0].GetProperty("status").GetString());
        Assert.Equal("1.12", again.RootElement.GetProperty("datastore_versions").GetProperty("1.13.0").GetString());
        using var original = JsonDocument.Parse(Bottlerocket);
        Assert.True(JsonElement.DeepEquals(original.RootElement, again.RootElement));
    }

    [Fact]
    public void Every_field_of_ours_survives_a_round_trip()
    {
        var (digest, longer) = (new string('a', 64), new string('b', 128));
        var text = $$"""
            { "updates": [ { {{Update}}, "raw": { "root": { "length": 7, "sha256": "{{digest}}", "blake2b": "{{longer}}" } }, "min_version": "1.0.0",
              "recalled": "r", "paused": "p", "notes": "n", "deadline": "2026-12-01T00:00:00Z" } ], "migrations": {}, "paused": "all" }
            """;
        var manifest = Parse(text);
        Assert.Equal(new RawImage(7, digest, longer), manifest.Updates[0].Raw!["root"]);
        using var original = JsonDocument.Parse(text);
        using var again = JsonDocument.Parse(manifest.ToBytes());
        var (a, b) = (original.RootElement.GetProperty("updates")[0], again.RootElement.GetProperty("updates")[0]);
        Assert.Equal(a.EnumerateObject().Select(p => p.Name).Order(), b.EnumerateObject().Select(p => p.Name).Order());
        Assert.Equal(manifest.ToBytes(), Parse(Encoding.UTF8.GetString(manifest.ToBytes())).ToBytes());
    }

    public static TheoryData<string, string> Faults =>
        new()
        {
            { "null", "it is null" },
            { "", "is not valid JSON" },
            { "[]", "wrong type" },
            { "{ \"updates\": null }", "must not be null" },
            { "{ \"migrations\": null }", "must not be null" },
            { "{ \"updates\": [null] }", "must not be null" },
            { "{ \"migrations\": { \"(1.0.0, 1.1.0)\": null } }", "must not be null" },
            { "{ \"migrations\": { \"(1.0.0, 1.1.0)\": [null] } }", "must not be null" },
            { "{ \"paused\": 5 }", "the field \"paused\" has a value of the wrong type" },
            { "{ \"updates\": [], \"updates\": [] }", "the same key twice" },
            { With("\"1.2.0\", \"max", "\"1.2\", \"max"), "is not a version like 1.2.0" },
            { With("\"demo\"", "null"), "must not be null" },
            { With("\"variant\": \"demo\", ", ""), "lacks required fields: 'variant'" },
            { With("\"x86_64\"", "null"), "must not be null" },
            { With("\"version\": \"1.2.0\"", "\"version\": null"), "must not be null" },
            { With("\"max_version\": \"1.2.0\"", "\"max_version\": null"), "must not be null" },
            { With("{ \"0\"", "null, \"x\": { \"0\""), "must not be null" },
            { With("{ \"boot\"", "null, \"x\": { \"boot\""), "must not be null" },
            { With("\"b.zst\"", "null"), "has the image role \"boot\"" },
            { With("\"b.zst\"", "\"\""), "has the image role \"boot\"" },
            { With("\"hash\"", "\"firmware\""), "has the image role \"firmware\"" },
            { With("\"hash\"", "\"root\""), "the same key twice" },
            { With("\"root\": \"r.zst\", ", ""), "has no \"boot\" and \"root\"" },
            { With("\"0\":", "\"-1\":"), "have the key -1" },
            { With("\"0\":", "\"2047.5\":"), "wrong type" },
            { With("\"0\": ", "\"00\": \"2026-11-20T11:00:00Z\", \"0\": "), "the same key twice" },
            { With("11-21T", "11-19T"), "do not go forward in time at the key 2048" },
            { With("\"waves\"", "\"raw\": { \"root\": null }, \"waves\""), "\"raw\" of demo 1.2.0 (x86_64) for root" },
            {
                With("\"waves\"", "\"raw\": { \"root\": { \"length\": 0, \"sha256\": \"\" } }, \"waves\""),
                "length above 0"
            },
            { With("\"waves\"", "\"raw\": { \"root\": { \"length\": 7 } }, \"waves\""), "sha256 of 64" },
            {
                With(
                    "\"waves\"",
                    $"\"raw\": {{ \"root\": {{ \"length\": 7, \"sha256\": \"{new string('a', 64)}\", \"blake2b\": \"aa\" }} }}, \"waves\""
                ),
                "blake2b has not 128"
            },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_is_named_for_a_person(string json, string expected)
    {
        var error = Errors.Is(ErrorCodes.ManifestInvalid, () => Parse(json));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("UpdateEngine.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_that_is_too_large_or_too_deep_is_refused()
    {
        Errors.Is(ErrorCodes.ManifestInvalid, () => Manifest.Parse(new byte[Manifest.MaxBytes + 1]));
        Errors.Is(ErrorCodes.ManifestInvalid, () => Parse("{\"x\":" + new string('[', 20) + new string(']', 20) + "}"));
        var many = string.Join(',', Enumerable.Repeat("{" + Update + "}", Manifest.MaxUpdates + 1));
        Errors.Is(ErrorCodes.ManifestInvalid, () => Parse($$"""{ "updates": [{{many}}] }"""));
    }

    private static string With(string old, string replacement)
    {
        Assert.Contains(old, Update, StringComparison.Ordinal);
        return $$"""{ "updates": [ { {{Update.Replace(old, replacement, StringComparison.Ordinal)}} } ] }""";
    }

    private static Manifest Parse(string json) => Manifest.Parse(Encoding.UTF8.GetBytes(json));
}
