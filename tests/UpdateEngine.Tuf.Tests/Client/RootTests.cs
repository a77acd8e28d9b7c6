using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class RootTests : TufClientTestBase
{
    [Fact]
    public async Task A_chain_of_roots_is_followed_one_by_one_and_kept_whole()
    {
        for (var i = 0; i < 5; i++)
        {
            Repository.RotateKeys("root");
            Repository.PublishNextRoot();
        }

        Assert.Equal(6, (await RefreshAfterRestartAsync()).RootVersion);
        for (var version = 1; version <= 6; version++)
        {
            Assert.Equal(
                Repository.Files[$"metadata/{version}.root.json"],
                File.ReadAllBytes(Directory[$"root_history/{version}.root.json"])
            );
        }

        Repository.Requests.Clear();
        Assert.Equal(6, Restart().RootVersion);
        await RefreshAfterRestartAsync();
        Assert.Equal(["metadata/7.root.json", "metadata/timestamp.json"], Repository.Requests);
    }

    [Fact]
    public async Task A_refresh_follows_a_limited_number_of_roots_and_the_next_goes_on()
    {
        for (var i = 0; i < 5; i++)
        {
            Repository.PublishNextRoot();
        }

        var options = Options with { Limits = new TufLimits { RootRotations = 3 } };
        Assert.Equal(4, (await TufClient.Open(options).RefreshAsync(default)).RootVersion);
        Assert.Equal(6, (await TufClient.Open(options).RefreshAsync(default)).RootVersion);
    }

    [Theory]
    [InlineData(404, 0)]
    [InlineData(410, 0)]
    [InlineData(403, 1)]
    public async Task Absence_of_the_next_root_ends_the_chain(int status, int warnings)
    {
        Repository.Statuses["metadata/2.root.json"] = status;
        Assert.Equal(warnings, (await RefreshAfterRestartAsync()).Warnings.Count);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("3")]
    [InlineData("9223372036854775807")]
    [Trait("flaw", "CVE-2025-2885")]
    public async Task A_version_other_than_the_next_is_refused_and_not_kept(string version)
    {
        Repository.Root.SetVersion(long.Parse(version));
        Repository.SignAll(Repository.Root, "root");
        Repository.Files["metadata/2.root.json"] = Repository.Root.ToBytes();
        await RefusedAsync<VersionMismatchException>();
        Assert.Equal(1, Restart().RootVersion);
    }

    [Theory]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551617")]
    [Trait("flaw", "CVE-2025-2885")]
    public async Task A_version_beyond_63_bits_is_refused(string version)
    {
        Repository.Root.Signed["version"] = JsonNode.Parse(version);
        Repository.SignAll(Repository.Root, "root");
        Repository.Files["metadata/2.root.json"] = Repository.Root.ToBytes();
        await RefusedAsync<MetadataMalformedException>();
    }

    [Fact]
    [Trait("flaw", "CVE-2020-15163")]
    public async Task A_root_that_the_old_keys_did_not_sign_is_refused_and_not_trusted_after_a_restart()
    {
        var attacker = new RepositorySimulator(Time.GetUtcNow());
        attacker.PublishNextRoot();
        Repository.Files["metadata/2.root.json"] = attacker.Files["metadata/2.root.json"];
        await RefusedAsync<ThresholdException>();
        Assert.Equal(1, Restart().RootVersion);
        Assert.Equal(["root.json", "root_history/1.root.json"], Directory.Files());
    }

    [Fact]
    [Trait("flaw", "CVE-2020-15163")]
    public async Task A_root_that_its_own_keys_did_not_sign_is_refused()
    {
        var old = Repository.SignersOf("root")[0];
        Repository.RotateKeys("root");
        RepositorySimulator.Bump(Repository.Root);
        Repository.Root.ClearSignatures();
        Repository.Root.Sign(old);
        Repository.Files["metadata/2.root.json"] = Repository.Root.ToBytes();
        await RefusedAsync<ThresholdException>();
    }

    [Fact]
    [Trait("flaw", "GHSA-9pfj-pjv5-22gj")]
    public async Task A_writable_cache_is_not_a_trust_anchor()
    {
        var attacker = new RepositorySimulator(Time.GetUtcNow());
        attacker.PublishNextRoot();
        Restart();
        File.WriteAllBytes(Directory["root.json"], attacker.Files["metadata/2.root.json"]);
        File.WriteAllBytes(Directory["root_history/1.root.json"], attacker.TrustAnchor);
        var client = Restart();
        Assert.Equal(1, client.RootVersion);
        Assert.Equal(Repository.TrustAnchor, File.ReadAllBytes(Directory["root.json"]));
        await client.RefreshAsync(default);
    }

    [Fact]
    public async Task An_older_anchor_follows_the_kept_chain_offline()
    {
        Repository.RotateKeys("root");
        Repository.PublishNextRoot();
        await RefreshAfterRestartAsync();
        Repository.Files.Clear();
        var client = Restart();
        await client.LoadTrustedAsync(default);
        Assert.Equal(2, client.RootVersion);
    }

    [Fact]
    public async Task A_newer_anchor_wins_over_the_cache()
    {
        await RefreshAfterRestartAsync();
        Repository.PublishNextRoot();
        Repository.PublishNextRoot();
        var client = TufClient.Open(Options with { TrustedRoot = Repository.Files["metadata/3.root.json"] });
        Assert.Equal(3, client.RootVersion);
        Assert.Equal(3, Stored("root"));
        await client.RefreshAsync(default);
    }

    [Fact]
    public async Task A_damaged_root_in_the_history_is_fetched_again()
    {
        Repository.PublishNextRoot();
        Repository.PublishNextRoot();
        await RefreshAfterRestartAsync();
        File.WriteAllText(Directory["root_history/2.root.json"], "{");
        await Assert.ThrowsAsync<StoreCorruptException>(LoadAfterRestartAsync);
        Repository.Requests.Clear();
        var result = await RefreshAfterRestartAsync();
        Assert.Equal(3, result.RootVersion);
        Assert.Single(result.Warnings);
        Assert.Equal(["metadata/2.root.json", "metadata/4.root.json", "metadata/timestamp.json"], Repository.Requests);
        Assert.Empty((await RefreshAfterRestartAsync()).Warnings);
    }

    [Fact]
    [Trait("flaw", "CVE-2022-29173")]
    public async Task A_host_that_has_seen_a_root_does_not_go_back_behind_it()
    {
        Repository.PublishNextRoot();
        Repository.PublishNextRoot();
        await RefreshAfterRestartAsync();
        File.Delete(Directory["root_history/2.root.json"]);
        Repository.Files.Remove("metadata/2.root.json");
        var error = await Assert.ThrowsAsync<StoreCorruptException>(RefreshAfterRestartAsync);
        Assert.Equal(Directory["root_history/3.root.json"], error.Subject);
    }

    [Fact]
    public async Task Roots_with_keys_of_unknown_types_are_followed()
    {
        var keys = (JsonObject)Repository.Root.Signed["keys"]!;
        keys["pq"] = JsonNode.Parse("""{"keytype":"ml-dsa","scheme":"ml-dsa-65","keyval":{"public":"PEM"},"x":[1]}""");
        ((JsonArray)Repository.Root.Signed["roles"]!["timestamp"]!["keyids"]!).Add((JsonNode)"pq");
        Repository.PublishNextRoot();
        Assert.Equal(2, (await RefreshAfterRestartAsync()).RootVersion);
    }

    [Fact]
    public void A_trust_anchor_after_which_no_version_can_come_is_refused()
    {
        Repository.Root.SetVersion(long.MaxValue);
        Repository.PublishRoot();
        var anchor = Repository.Files[$"metadata/{long.MaxValue}.root.json"];
        Assert.Throws<MetadataMalformedException>(() => TufClient.Open(Options with { TrustedRoot = anchor }));
    }

    [Fact]
    public async Task Limits_as_high_as_numbers_go_are_limits_too()
    {
        var limits = new TufLimits
        {
            RootLength = int.MaxValue,
            TimestampLength = int.MaxValue,
            SnapshotLength = int.MaxValue,
            TargetsLength = int.MaxValue,
        };
        for (var start = 0; start < 2; start++)
        {
            var client = TufClient.Open(Options with { Limits = limits });
            Assert.Empty((await client.RefreshAsync(default)).Warnings);
        }
    }

    [Theory]
    [InlineData("metadata")]
    [InlineData("https://updates.example/metadata?token=secret")]
    [InlineData("https://updates.example/metadata#part")]
    public void An_address_that_no_name_of_a_file_can_be_appended_to_is_an_argument_error(string url)
    {
        var address = new Uri(url, UriKind.RelativeOrAbsolute);
        var mirror = new RepositoryMirror(RepositorySimulator.MetadataUrl, address);
        Assert.Throws<ArgumentException>(() => TufClient.Open(Options with { MetadataUrl = address }));
        Assert.Throws<ArgumentException>(() => TufClient.Open(Options with { TargetsUrl = address }));
        Assert.Throws<ArgumentException>(() => TufClient.Open(Options with { Mirrors = [mirror] }));
    }

    [Fact]
    public void Errors_name_role_versions_and_threshold()
    {
        Repository.Root.SetThreshold("root", 3);
        Repository.SignAll(Repository.Root, "root");
        var error = Assert.Throws<ThresholdException>(() =>
            TufClient.Open(Options with { TrustedRoot = Repository.Root.ToBytes() })
        );
        Assert.Equal(
            "root carries 1 valid signature(s) by distinct keys that root version 1 names, and needs 3.",
            error.Message
        );
        Assert.Equal("tuf-threshold", error.Code);
        Assert.Equal(1, Encoding.UTF8.GetString(Repository.Root.ToBytes()).Split("\"threshold\": 3").Length - 1);
    }
}
