using System.Text;
using System.Text.Json.Nodes;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>Section 5.6.7: who is asked for a target, in which order, and by whose keys each answer is judged.</summary>
public sealed class DelegationTests : TufClientTestBase
{
    /// <summary>Edges are "delegator>role", "!" after a terminating one and "=pattern" where it is not "*"; the roles are in the order asked.</summary>
    [Theory]
    [InlineData("targets>A", "A")]
    [InlineData("targets>A targets>B", "A B")]
    [InlineData("targets>B targets>A", "B A")]
    [InlineData("targets>A A>B A>C targets>D", "A B C D")]
    [InlineData("targets>A targets>B A>C C>D B>E", "A C D B E")]
    [InlineData("targets>A! targets>B", "A")]
    [InlineData("targets>A targets>B! targets>C", "A B")]
    [InlineData("targets>A A>B! A>C targets>D", "A B")]
    [InlineData("targets>A! A>B A>C targets>D", "A B C")]
    [InlineData("targets>A!=other targets>B", "B")]
    [InlineData("targets>A=other A>B targets>C", "C")]
    [InlineData("targets>A A>A", "A")]
    [InlineData("targets>A A>B B>A targets>C", "A B C")]
    [InlineData("targets>A targets>B B>C C>D D>B", "A B C D")]
    [InlineData("targets>A targets>B A>C B>C", "A C B")]
    [InlineData("targets>A targets>B A>C=other B>C", "A B C")]
    [InlineData("targets>A targets>B A>C B>D C>E D>E", "A C E B D")]
    [Trait("flaw", "CVE-2024-47534")]
    [Trait("flaw", "CVE-2025-2886")]
    public async Task Roles_are_asked_depth_first_in_order_and_once(string edges, string order)
    {
        foreach (var edge in edges.Split(' '))
        {
            var (delegator, rest) = Halve(edge, '>');
            var (role, pattern) = Halve(rest!, '=');
            Repository.Delegate(delegator, role.TrimEnd('!'), [pattern ?? "*"], role.EndsWith('!'));
        }

        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        Assert.Null(await client.FindTargetAsync(new TargetName("missing"), default));
        Assert.Equal(order.Split(' ').Select(role => $"metadata/1.{role}.json"), Repository.Requests);
        // A second search has everything in memory, a second process in the store.
        Repository.Requests.Clear();
        Assert.Null(await client.FindTargetAsync(new TargetName("missing"), default));
        Assert.Empty(Repository.Requests);
        client = await RefreshedAsync();
        Assert.Null(await client.FindTargetAsync(new TargetName("missing"), default));
        Assert.Empty(Repository.Requests);
    }

    [Fact]
    public async Task A_role_is_loaded_by_its_edge_too_and_judged_by_that_delegators_keys()
    {
        Repository.Delegate("targets", "A");
        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        var delegations = client.Targets!.Delegations!;
        var edge = delegations.EdgeTo(delegations.Roles[0], "targets");

        Assert.Equal(1, (await client.LoadRoleAsync(edge, default)).Version);
        Assert.Equal(["metadata/1.A.json"], Repository.Requests);
        var stranger = edge with { RoleKeys = edge.RoleKeys with { KeyIds = new HashSet<string>() } };
        await Assert.ThrowsAsync<ThresholdException>(() => client.LoadRoleAsync(stranger, default));
    }

    [Fact]
    [Trait("flaw", "CVE-2024-47534")]
    public async Task The_first_role_in_the_order_of_trust_is_heard()
    {
        Repository.Delegate("targets", "z-first");
        Repository.Delegate("targets", "a-second");
        Repository.AddTarget("t", "first"u8.ToArray(), "z-first");
        Repository.AddTarget("t", "second"u8.ToArray(), "a-second");
        Repository.PublishDelegations();
        Assert.Equal("first", await ReadAsync(await RefreshedAsync(), "t"));
        Assert.DoesNotContain("metadata/1.a-second.json", Repository.Requests);

        Repository.AddTarget("t", "top"u8.ToArray());
        Repository.PublishNext();
        Assert.Equal("top", await ReadAsync(await RefreshedAsync(), "t"));
    }

    [Fact]
    [Trait("flaw", "GHSA-qp9x-wp8f-qgjj")]
    public async Task A_role_is_heard_on_its_own_paths_only()
    {
        Repository.Delegate("targets", "team", ["team/*"]);
        Repository.AddTarget("team/t", "ours"u8.ToArray(), "team");
        Repository.AddTarget("other/t", "not ours"u8.ToArray(), "team");
        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        Assert.Equal("ours", await ReadAsync(client, "team/t"));
        Assert.Null(await client.FindTargetAsync(new TargetName("other/t"), default));
        Assert.Null(await client.FindTargetAsync(new TargetName("TEAM/t"), default));
    }

    [Fact]
    public async Task A_role_can_have_targets_by_the_digest_of_their_names()
    {
        var digest = RepositorySimulator.Sha256(Encoding.UTF8.GetBytes("t"));
        Repository.Delegate("targets", "other", prefixes: [digest[..2] == "00" ? "01" : "00"]);
        Repository.Delegate("targets", "ours", prefixes: ["zz", digest[..3]]);
        Repository.AddTarget("t", "ours"u8.ToArray(), "ours");
        Repository.PublishDelegations();
        Assert.Equal("ours", await ReadAsync(await RefreshedAsync(), "t"));
        Assert.DoesNotContain("metadata/1.other.json", Repository.Requests);
    }

    [Theory]
    [InlineData(1, "bin-1")]
    [InlineData(4, "bin-e")]
    [InlineData(5, "bin-1c")]
    [InlineData(8, "bin-e3")]
    [InlineData(9, "bin-1c7")]
    [InlineData(32, "bin-e3b98a4d")]
    public async Task A_target_has_one_bin(int bits, string bin)
    {
        // SHA-256 of "t" is e3b98a4d...
        Repository.DelegateToBins(bits, "bin", bin);
        Repository.AddTarget("t", "binned"u8.ToArray(), bin);
        Repository.PublishDelegations();
        Assert.Equal("binned", await ReadAsync(await RefreshedAsync(), "t"));
    }

    [Fact]
    public void The_number_of_a_bin_has_leading_zeros()
    {
        var keys = new RoleKeys(new HashSet<string>(StringComparer.Ordinal), 1);
        // The name whose digest begins with enough zero bits was searched for.
        var name = Enumerable
            .Range(0, 100_000)
            .Select(i => new TargetName($"{i}"))
            .First(n => n.Digest() is [0, < 16, ..]);
        Assert.Equal("p-0", new SuccinctRoles(keys, 1, "p").RoleFor(name));
        Assert.Equal("p-000", new SuccinctRoles(keys, 12, "p").RoleFor(name));
        Assert.StartsWith("p-000", new SuccinctRoles(keys, 32, "p").RoleFor(name), StringComparison.Ordinal);
        Assert.Equal(10, new SuccinctRoles(keys, 32, "p").RoleFor(name).Length);
    }

    [Fact]
    public async Task Another_delegator_s_keys_judge_the_same_role_anew()
    {
        // A role that is valid by one edge must not be by the other, whose keys have not signed it.
        Repository.Delegate("targets", "a", ["a/*"]);
        Repository.Delegate("targets", "b", ["b/*"]);
        Repository.Delegate("a", "shared", ["a/*"]);
        Repository.Delegate("b", "shared", ["b/*"]);
        Repository.AddTarget("a/t", "for a"u8.ToArray(), "shared");
        Repository.AddTarget("b/t", "for b"u8.ToArray(), "shared");
        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        Assert.Equal("for a", await ReadAsync(client, "a/t"));
        Assert.Equal("for b", await ReadAsync(client, "b/t"));

        var shared = Repository.Delegated["shared"];
        RepositorySimulator.Bump(shared);
        Repository.PublishDelegated("shared");
        shared.RemoveSignature(Repository.SignersOf("shared")[1].PublicKey.ComputeKeyId());
        Repository.Files["metadata/2.shared.json"] = shared.ToBytes();
        Repository.PublishNextSnapshot();
        client = await RefreshedAsync();
        Assert.Equal("for a", await ReadAsync(client, "a/t"));
        var error = await Assert.ThrowsAsync<ThresholdException>(() =>
            client.FindTargetAsync(new TargetName("b/t"), default)
        );
        Assert.Equal(("shared", "b", 0), (error.Subject, error.Delegator, error.Valid));
        // Nor from the store.
        client = await RefreshedAsync();
        await Assert.ThrowsAsync<ThresholdException>(() => client.FindTargetAsync(new TargetName("b/t"), default));
    }

    [Fact]
    [Trait("flaw", "CVE-2020-6174")]
    [Trait("flaw", "CVE-2020-15093")]
    [Trait("flaw", "CVE-2026-6966")]
    [Trait("flaw", "GMS-2022-4197")]
    [Trait("flaw", "go-tuf-733")]
    public async Task The_same_key_twice_is_one_signature_in_delegations_too()
    {
        Repository.Delegate("targets", "role");
        Repository.AddTarget("t", [1], "role");
        var delegations = Repository.Targets.Signed["delegations"]!;
        var keys = (JsonObject)delegations["keys"]!;
        var twin = keys.First().Value!.DeepClone();
        twin["keyval"]!["public"] = ((string)twin["keyval"]!["public"]!).ToUpperInvariant();
        keys["twin"] = twin;
        ((JsonArray)delegations["roles"]![0]!["keyids"]!).Add((JsonNode)"twin");
        delegations["roles"]![0]!["threshold"] = 2;
        Repository.PublishDelegations();
        var document = JsonNode.Parse(Repository.Files["metadata/1.role.json"])!;
        var signature = document["signatures"]![0]!.DeepClone();
        signature["keyid"] = "twin";
        ((JsonArray)document["signatures"]!).Add(signature);
        Repository.Files["metadata/1.role.json"] = Encoding.UTF8.GetBytes(document.ToJsonString());
        Assert.Equal(1, (await RefusedAsync<ThresholdException>("t")).Valid);
    }

    [Fact]
    public async Task A_threshold_of_two_needs_two_keys()
    {
        Repository.Delegate("targets", "role");
        var second = Ed25519Signer.Generate();
        var delegations = Repository.Targets.Signed["delegations"]!;
        var id = second.PublicKey.ComputeKeyId();
        delegations["keys"]![id] = JsonNode.Parse(second.PublicKey.ToJson());
        ((JsonArray)delegations["roles"]![0]!["keyids"]!).Add((JsonNode)id);
        delegations["roles"]![0]!["threshold"] = 2;
        Repository.AddTarget("t", [1], "role");
        Repository.PublishDelegations();
        Assert.Equal(
            (1, 2L),
            (await RefusedAsync<ThresholdException>("t")) switch
            {
                var e => (e.Valid, e.Threshold),
            }
        );
        Repository.Delegated["role"].Sign(second);
        Repository.Files["metadata/1.role.json"] = Repository.Delegated["role"].ToBytes();
        Assert.NotNull(await (await RefreshedAsync()).FindTargetAsync(new TargetName("t"), default));
        second.Dispose();
    }

    [Fact]
    public async Task A_role_that_the_snapshot_does_not_list_is_not_asked_for()
    {
        Repository.Delegate("targets", "role");
        Repository.PublishDelegations();
        ((JsonObject)Repository.Snapshot.Signed["meta"]!).Remove("role.json");
        Repository.PublishNextSnapshot();
        Assert.Equal("role", (await RefusedAsync<NotFoundException>("t")).Subject);
        Assert.DoesNotContain("metadata/1.role.json", Repository.Requests);
    }

    [Fact]
    [Trait("flaw", "CVE-2022-29173")]
    [Trait("flaw", "CVE-2025-2887")]
    public async Task A_role_that_is_rolled_back_or_removed_is_noticed()
    {
        Repository.Delegate("targets", "role");
        Repository.Delegated["role"].SetVersion(3);
        Repository.PublishDelegations();
        await (await RefreshedAsync()).FindTargetAsync(new TargetName("t"), default);
        Repository.Delegated["role"].SetVersion(2);
        Repository.PublishDelegations();
        var error = await base.RefusedAsync<RollbackException>();
        Assert.Equal(("role", 3L, 2L), (error.Subject, error.TrustedVersion, error.OfferedVersion));
        ((JsonObject)Repository.Snapshot.Signed["meta"]!).Remove("role.json");
        Repository.PublishNextSnapshot();
        Assert.Equal(0, (await base.RefusedAsync<RollbackException>()).OfferedVersion);
    }

    [Fact]
    [Trait("flaw", "CVE-2025-2887")]
    public async Task An_older_role_than_the_snapshot_lists_is_refused()
    {
        Repository.Delegate("targets", "role");
        Repository.PublishDelegations();
        Repository.Delegated["role"].SetVersion(2);
        Repository.PublishDelegations();
        Repository.Files["metadata/2.role.json"] = Repository.Files["metadata/1.role.json"];
        Assert.Equal(1, (await RefusedAsync<VersionMismatchException>("t")).Actual);
    }

    [Fact]
    [Trait("flaw", "CVE-2026-6967")]
    public async Task An_expired_role_is_refused_from_the_store_too()
    {
        Repository.Delegate("targets", "role");
        Repository.Delegated["role"].SetExpires(Time.GetUtcNow().AddDays(1));
        Repository.PublishDelegations();
        await (await RefreshedAsync()).FindTargetAsync(new TargetName("t"), default);
        Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("role", (await RefusedAsync<ExpiredException>("t")).Subject);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("flaw", "CVE-2026-6967")]
    public async Task The_length_and_the_digest_of_a_role_are_checked(bool longer)
    {
        Repository.WithDigests = true;
        Repository.Delegate("targets", "role");
        Repository.PublishDelegations();
        var bytes = Repository.Files["metadata/1.role.json"];
        Repository.Files["metadata/1.role.json"] = longer ? [.. bytes, (byte)' '] : [.. bytes[..^1], (byte)' '];
        if (longer)
        {
            await RefusedAsync<TooLargeException>("t");
        }
        else
        {
            Assert.Equal("sha256", (await RefusedAsync<LengthOrDigestMismatchException>("t")).What);
        }
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    public async Task Other_metadata_in_place_of_a_role_s_is_refused(string type)
    {
        Repository.Delegate("targets", "role");
        Repository.PublishDelegations();
        var other = type is "timestamp" ? Repository.Timestamp : Repository.Snapshot;
        Repository.SignAll(other, "role");
        Repository.Files["metadata/1.role.json"] = other.ToBytes();
        await RefusedAsync<MetadataMalformedException>("t");
    }

    [Theory]
    [InlineData("../escape")]
    [InlineData("..")]
    [InlineData("/etc/passwd")]
    [InlineData("a/b c?d#e%2F..%2Ff[g]")]
    [InlineData("root_history/2.root")]
    [InlineData("é\u0001\\x")]
    [InlineData("1.root")]
    [Trait("flaw", "CVE-2021-41131")]
    public async Task A_role_s_name_leaves_neither_the_directory_nor_the_url(string role)
    {
        Repository.Delegate("targets", role);
        Repository.AddTarget("t", "content"u8.ToArray(), role);
        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        var before = Directory.Files();
        Assert.Equal("content", await ReadAsync(client, "t"));
        Assert.Contains($"metadata/1.{role}.json", Repository.Requests);
        var added = Assert.Single(Directory.Files().Except(before, StringComparer.Ordinal));
        Assert.Equal($"{Uri.EscapeDataString(role)}.json", added);
        Assert.Equal(1, Restart().RootVersion);
    }

    [Fact]
    public async Task A_search_asks_a_limited_number_of_roles()
    {
        for (var i = 0; i < 33; i++)
        {
            Repository.Delegate("targets", $"r{i}");
        }

        Repository.AddTarget("early", [1], "r31");
        Repository.AddTarget("late", [1], "r32");
        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        Assert.NotNull(await client.FindTargetAsync(new TargetName("early"), default));
        await Assert.ThrowsAsync<NotFoundException>(() => client.FindTargetAsync(new TargetName("late"), default));
        Assert.Equal(32, Repository.Requests.Count);
        var wider = TufClient.Open(Options with { Limits = new TufLimits { DelegatedRoles = 33 } });
        await wider.RefreshAsync(default);
        Assert.NotNull(await wider.FindTargetAsync(new TargetName("late"), default));
    }

    [Fact]
    public async Task A_role_that_is_refused_is_not_kept_and_the_next_one_is_taken()
    {
        Repository.Delegate("targets", "role");
        Repository.AddTarget("t", [1], "role");
        Repository.PublishDelegations();
        var good = Repository.Files["metadata/1.role.json"];
        Repository.Tamper("metadata/1.role.json", "\"sig\": \"", "\"sig\": \"00");
        await RefusedAsync<ThresholdException>("t");
        Assert.False(File.Exists(Directory["role.json"]));
        Repository.Files["metadata/1.role.json"] = good;
        Assert.NotNull(await (await RefreshedAsync()).FindTargetAsync(new TargetName("t"), default));
        Assert.Equal(good, File.ReadAllBytes(Directory["role.json"]));
    }

    [Fact]
    public async Task A_changed_role_is_fetched_and_an_unchanged_one_is_not()
    {
        Repository.Delegate("targets", "a");
        Repository.Delegate("targets", "b");
        Repository.PublishDelegations();
        await (await RefreshedAsync()).FindTargetAsync(new TargetName("t"), default);
        Repository.Delegated["b"].SetVersion(2);
        Repository.PublishDelegations();
        var client = await RefreshedAsync();
        Assert.Null(await client.FindTargetAsync(new TargetName("t"), default));
        Assert.Equal(["metadata/2.b.json"], Repository.Requests);
    }

    [Fact]
    public async Task Offline_a_search_makes_do_with_the_store()
    {
        Repository.Delegate("targets", "seen", ["seen"]);
        Repository.Delegate("targets", "unseen", ["unseen"]);
        Repository.AddTarget("seen", [1], "seen");
        Repository.PublishDelegations();
        await (await RefreshedAsync()).FindTargetAsync(new TargetName("seen"), default);
        var client = Restart();
        await client.LoadTrustedAsync(default);
        Repository.Requests.Clear();
        Assert.NotNull(await client.FindTargetAsync(new TargetName("seen"), default));
        await Assert.ThrowsAsync<NotFoundException>(() => client.FindTargetAsync(new TargetName("unseen"), default));
        Assert.Empty(Repository.Requests);
    }

    private async Task<TufClient> RefreshedAsync()
    {
        var client = Restart();
        await client.RefreshAsync(default);
        Repository.Requests.Clear();
        return client;
    }

    private async Task<T> RefusedAsync<T>(string target)
        where T : TufException
    {
        var client = await RefreshedAsync();
        return await Assert.ThrowsAsync<T>(() => client.FindTargetAsync(new TargetName(target), default));
    }

    private static async Task<string> ReadAsync(TufClient client, string target)
    {
        var file = await client.FindTargetAsync(new TargetName(target), default);
        return Encoding.UTF8.GetString(await client.ReadTargetAsync(file!, 100, default));
    }

    private static (string First, string? Second) Halve(string text, char separator)
    {
        var at = text.IndexOf(separator, StringComparison.Ordinal);
        return at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);
    }
}
