using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>Who may sign, how often, and what is not even looked at.</summary>
public sealed class ThresholdTests : TufClientTestBase
{
    private JsonObject TimestampRole => (JsonObject)Repository.Root.Signed["roles"]!["timestamp"]!;

    private JsonArray TimestampSignatures() =>
        (JsonArray)JsonNode.Parse(Repository.Files["metadata/timestamp.json"])!["signatures"]!;

    private void Replace(JsonArray signatures)
    {
        var document = (JsonObject)JsonNode.Parse(Repository.Files["metadata/timestamp.json"])!;
        document["signatures"] = signatures.DeepClone();
        Repository.Files["metadata/timestamp.json"] = System.Text.Encoding.UTF8.GetBytes(document.ToJsonString());
    }

    [Fact]
    public async Task Two_of_three_keys_are_enough_and_one_is_not()
    {
        Repository.AddSigner("timestamp");
        Repository.AddSigner("timestamp");
        Repository.Root.SetThreshold("timestamp", 2);
        Repository.PublishNextRoot();
        Repository.PublishTimestamp();
        var all = TimestampSignatures();
        all.RemoveAt(1);
        Replace(all);
        await RefreshAfterRestartAsync();

        Repository.PublishNextTimestamp();
        all = TimestampSignatures();
        all.RemoveAt(2);
        all.RemoveAt(0);
        Replace(all);
        var error = await RefusedAsync<ThresholdException>();
        Assert.Equal((1, 2L, "root version 2"), (error.Valid, error.Threshold, error.Delegator));
    }

    [Fact]
    [Trait("flaw", "CVE-2020-6174")]
    [Trait("flaw", "CVE-2020-15093")]
    [Trait("flaw", "CVE-2026-6966")]
    [Trait("flaw", "GMS-2022-4197")]
    [Trait("flaw", "go-tuf-733")]
    public async Task Two_signatures_under_one_key_id_are_refused()
    {
        Repository.Root.SetThreshold("timestamp", 2);
        Repository.PublishNextRoot();
        var signatures = TimestampSignatures();
        signatures.Add(signatures[0]!.DeepClone());
        Replace(signatures);
        await RefusedAsync<MetadataMalformedException>();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    [Trait("flaw", "CVE-2020-6174")]
    [Trait("flaw", "CVE-2020-15093")]
    [Trait("flaw", "CVE-2026-6966")]
    [Trait("flaw", "GMS-2022-4197")]
    [Trait("flaw", "go-tuf-733")]
    public async Task One_public_key_under_two_ids_counts_once(bool otherSpelling)
    {
        var key = Repository.SignersOf("timestamp")[0].PublicKey;
        var twin = JsonNode.Parse(key.ToJson())!;
        if (otherSpelling)
        {
            twin["keyval"]!["public"] = key.Value.ToUpperInvariant();
        }

        ((JsonObject)Repository.Root.Signed["keys"]!)["twin"] = twin;
        ((JsonArray)TimestampRole["keyids"]!).Add((JsonNode)"twin");
        Repository.Root.SetThreshold("timestamp", 2);
        Repository.PublishNextRoot();
        var signatures = TimestampSignatures();
        var again = (JsonObject)signatures[0]!.DeepClone();
        again["keyid"] = "twin";
        signatures.Add((JsonNode)again);
        Replace(signatures);
        Assert.Equal(1, (await RefusedAsync<ThresholdException>()).Valid);
    }

    [Fact]
    [Trait("flaw", "CVE-2020-6174")]
    [Trait("flaw", "CVE-2020-15093")]
    [Trait("flaw", "CVE-2026-6966")]
    [Trait("flaw", "GMS-2022-4197")]
    [Trait("flaw", "go-tuf-733")]
    public async Task A_role_that_names_a_key_id_twice_is_refused()
    {
        var ids = (JsonArray)TimestampRole["keyids"]!;
        ids.Add(ids[0]!.DeepClone());
        Repository.PublishNextRoot();
        await RefusedAsync<MetadataMalformedException>();
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1.0")]
    [InlineData("\"1\"")]
    [InlineData("null")]
    [InlineData("true")]
    [InlineData("[1]")]
    [InlineData("99999999999999999999")]
    [Trait("flaw", "CVE-2026-23992")]
    public async Task A_threshold_that_is_no_positive_integer_is_refused(string threshold)
    {
        // Floats cannot even be signed here, so the text is changed after signing.
        Repository.PublishNextRoot();
        Repository.Tamper("metadata/2.root.json", "\"threshold\": 1", $"\"threshold\": {threshold}");
        Assert.Throws<MetadataMalformedException>(() =>
            RootMetadata.Parse(Envelope.Parse("root", Repository.Files["metadata/2.root.json"]))
        );
        await Assert.ThrowsAnyAsync<TufException>(RefreshAfterRestartAsync);
        Assert.Equal(1, Restart().RootVersion);
    }

    [Fact]
    [Trait("flaw", "CVE-2026-23992")]
    public async Task A_threshold_beyond_reach_is_never_met()
    {
        TimestampRole["threshold"] = 1L << 40;
        Repository.PublishNextRoot();
        Assert.Equal(1L << 40, (await RefusedAsync<ThresholdException>()).Threshold);
    }

    [Fact]
    public async Task Keys_of_another_role_do_not_count()
    {
        Repository.Timestamp.ClearSignatures();
        Repository.Timestamp.Sign(Repository.SignersOf("snapshot")[0]);
        Repository.Files["metadata/timestamp.json"] = Repository.Timestamp.ToBytes();
        Assert.Equal(0, (await RefusedAsync<ThresholdException>()).Valid);
    }

    [Fact]
    [Trait("flaw", "CVE-2020-6173")]
    public void Junk_signatures_are_not_verified()
    {
        // A verification that is tried costs about 50 microseconds, so ten thousand would be seen as a count, not a time.
        var key = new PublicKey("ed25519", "ed25519", new string('0', 64));
        var keys = new CountingKeys(new Dictionary<string, PublicKey>(StringComparer.Ordinal) { ["known"] = key });
        var junk = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $$"""{"keyid":"{{i}}","sig":"00"}"""));
        var json = $$"""{"signed":{},"signatures":[{{junk}}]}""";
        var role = new RoleKeys(new HashSet<string>(StringComparer.Ordinal) { "known" }, 1);
        Assert.Equal(0, role.CountValid(Envelope.Parse("x", System.Text.Encoding.UTF8.GetBytes(json)), keys));
        Assert.Equal(0, keys.Lookups);
    }

    [Fact]
    public async Task Empty_and_unknown_signatures_beside_a_good_one_are_tolerated()
    {
        Repository.AddSigner("timestamp");
        Repository.PublishNextRoot();
        Repository.PublishTimestamp();
        var signatures = TimestampSignatures();
        signatures[1]!["sig"] = "";
        signatures.Add(JsonNode.Parse("""{"keyid":"other","sig":"zz","x":[]}"""));
        Replace(signatures);
        await RefreshAfterRestartAsync();
    }

    private sealed class CountingKeys(Dictionary<string, PublicKey> inner) : IReadOnlyDictionary<string, PublicKey>
    {
        public int Lookups { get; private set; }

        public PublicKey this[string key] => inner[key];

        public IEnumerable<string> Keys => inner.Keys;

        public IEnumerable<PublicKey> Values => inner.Values;

        public int Count => inner.Count;

        public bool ContainsKey(string key) => inner.ContainsKey(key);

        public IEnumerator<KeyValuePair<string, PublicKey>> GetEnumerator() => inner.GetEnumerator();

        public bool TryGetValue(string key, [System.Diagnostics.CodeAnalysis.MaybeNullWhen(false)] out PublicKey value)
        {
            Lookups++;
            return inner.TryGetValue(key, out value);
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => inner.GetEnumerator();
    }
}
