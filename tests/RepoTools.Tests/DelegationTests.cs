using System.Text.Json.Nodes;
using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace RepoTools.Tests;

public sealed class DelegationTests
{
    [Fact]
    public async Task The_paths_of_a_role_are_changed_and_hosts_follow_its_keys_and_order_as_before()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.DelegateAsync("rest", "--paths", "*/*");
        var file = repository.TextFile("content", "hello");
        await repository.MustAsync(["target", "add", repository.Path, file, "--name", "apps/x"]);
        await repository.MustAsync(repository.PublishRoles("apps", "rest"));
        Assert.Equal("hello", await repository.ReadAsync("apps/x"));

        string[] edit = ["delegation", "set-paths", repository.Path, "apps"];
        await repository.MustAsync(edit, ["--paths", "tools/*", "games/*"]);
        await repository.MustAsync(["target", "add", repository.Path, file, "--name", "games/y"]);
        await repository.MustAsync(repository.PublishRoles("apps", "rest"));
        Assert.Null(await repository.ReadAsync("apps/x"));
        Assert.Equal("hello", await repository.ReadAsync("games/y"));

        await repository.MustAsync(edit, ["--hash-prefix", .. "0123456789abcdef".Select(c => $"{c}")]);
        await repository.MustAsync(repository.PublishArguments());
        Assert.Equal("hello", await repository.ReadAsync("apps/x"));
        Assert.Equal(64, (await repository.RunAsync(edit)).Code);
        Assert.Equal(66, (await repository.RunAsync([.. edit[..3], "nobody", "--paths", "a"])).Code);
    }

    [Fact]
    public async Task A_delegation_is_in_the_draft_until_it_is_published_with_the_roles_own_key()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        Assert.Single(Directory.EnumerateFiles(repository.Workspace.Metadata));

        await repository.MustAsync(repository.PublishRoles("apps"));

        Assert.True(File.Exists(repository.Workspace.Versioned("apps", 1)));
        Assert.False(File.Exists(repository.Workspace.DraftRoles));
        Assert.Null(await repository.ReadAsync("apps/x"));
    }

    [Fact]
    public async Task A_delegated_role_without_enough_of_its_delegators_keys_publishes_nothing()
    {
        using var repository = await TestRepository.CreateAsync();
        repository.NewKey("second");
        await repository.DelegateAsync(
            "apps",
            "--key",
            repository.Key("second"),
            "--threshold",
            "2",
            "--paths",
            "apps/*"
        );

        var none = await repository.RunAsync(repository.PublishRoles());
        var one = await repository.RunAsync(repository.PublishRoles("apps", "apps=apps"));
        var stranger = await repository.RunAsync(repository.PublishRoles("apps", "apps=stranger"));

        Assert.Equal((65, 65, 65), (none.Code, one.Code, stranger.Code));
        Assert.Contains("apps has 0 of 2 signatures", none.Error, StringComparison.Ordinal);
        Assert.Contains(
            "apps has 1 of 2 signatures by distinct keys that targets names",
            one.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("stranger.pem may not sign apps", stranger.Error, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFiles(repository.Workspace.Metadata));
        await repository.MustAsync(repository.PublishRoles("apps", "apps=second"));
    }

    [Fact]
    public async Task The_order_of_delegations_is_the_order_of_trust()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("last", "--paths", "a/*");
        await repository.DelegateAsync("first", "--paths", "a/*", "--terminating", "--before", "last");
        await repository.DelegateAsync("middle", "--paths", "a/*", "--before", "last");

        var list = await repository.MustAsync(["delegation", "list", repository.Path, "--json"]);

        Assert.Equal(
            ["first", "middle", "last"],
            list.Json.GetProperty("delegations").EnumerateArray().Select(d => d.GetProperty("role").GetString())
        );
    }

    [Fact]
    public async Task The_list_is_a_tree_with_keys_thresholds_and_targets()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*", "apps/*/*");
        await repository.DelegateAsync("team", "--from", "apps", "--paths", "apps/team/*", "--terminating");
        await repository.DelegateAsync("half", "--hash-prefix", "0", "1");
        await repository.MustAsync(
            ["delegation", "bins", repository.Path, "--count", "16", "--prefix", "bin"],
            ["--key", repository.Key("half"), "--from", "half"]
        );

        var list = await repository.MustAsync(["delegation", "list", repository.Path]);

        var lines = list
            .Out.Split('\n')
            .Select(l => string.Join(' ', l.TrimEnd().Split(' ', StringSplitOptions.RemoveEmptyEntries)))
            .ToArray();
        Assert.StartsWith("apps - 1 of 1", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("apps/* apps/*/*", lines[2], StringComparison.Ordinal);
        Assert.EndsWith("apps/team/*, terminating", lines[3], StringComparison.Ordinal);
        Assert.EndsWith("hash 0 1", lines[4], StringComparison.Ordinal);
        Assert.StartsWith("bin-* 16 bins 1 of 1", lines[5], StringComparison.Ordinal);
        Assert.Contains("\n    team ", list.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_whose_key_is_replaced_is_signed_anew_and_other_roles_stay_byte_for_byte()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.DelegateAsync("docs", "--paths", "docs/*");
        await repository.MustAsync(repository.PublishRoles("apps", "docs"));
        repository.NewKey("apps2");
        await repository.MustAsync([
            "delegation",
            "add-key",
            repository.Path,
            "apps",
            "--key",
            repository.Key("apps2"),
        ]);
        await repository.MustAsync([
            "delegation",
            "remove-key",
            repository.Path,
            "apps",
            "--key",
            repository.Key("apps"),
        ]);

        var old = await repository.RunAsync(repository.PublishRoles("apps"));
        await repository.MustAsync(repository.PublishRoles("apps=apps2", "docs"));

        Assert.Contains("apps.pem may not sign apps", old.Error, StringComparison.Ordinal);
        Assert.True(File.Exists(repository.Workspace.Versioned("apps", 2)));
        Assert.False(File.Exists(repository.Workspace.Versioned("docs", 2)));
        await repository.HostAsync();
    }

    [Fact]
    public async Task A_key_that_is_only_added_leaves_the_role_as_it_is()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        repository.NewKey("apps2");
        await repository.MustAsync([
            "delegation",
            "add-key",
            repository.Path,
            "apps",
            "--key",
            repository.Key("apps2"),
        ]);

        await repository.MustAsync(repository.PublishRoles());

        Assert.False(File.Exists(repository.Workspace.Versioned("apps", 2)));
    }

    [Theory]
    [InlineData(64, "can't be the name of a role", "add", "a/b", "--paths", "x")]
    [InlineData(64, "can't be the name of a role", "add", ".hidden", "--paths", "x")]
    [InlineData(64, "is a top-level role", "add", "snapshot", "--paths", "x")]
    [InlineData(64, "needs either --paths or --hash-prefix", "add", "r")]
    [InlineData(64, "needs either --paths or --hash-prefix", "add", "r", "--paths", "x", "--hash-prefix", "0")]
    [InlineData(64, "no target's name could match", "add", "r", "--paths", "/x")]
    [InlineData(64, "no target's name could match", "add", "r", "--paths", "a/../b")]
    [InlineData(64, "clients read [ and", "add", "r", "--paths", "[ab]")]
    [InlineData(64, "can't be a hash prefix", "add", "r", "--hash-prefix", "XY")]
    [InlineData(64, "threshold of r would be 2 with 1", "add", "r", "--paths", "x", "--threshold", "2")]
    [InlineData(64, "threshold of r would be 0 with 1", "add", "r", "--paths", "x", "--threshold", "0")]
    [InlineData(66, "targets does not delegate to ghost", "add", "r", "--paths", "x", "--before", "ghost")]
    [InlineData(66, "ghost can't delegate", "add", "r", "--paths", "x", "--from", "ghost")]
    [InlineData(76, "targets delegates to there already", "add", "there", "--paths", "x")]
    [InlineData(64, "There can't be 1000 bins", "bins", "--count", "1000", "--prefix", "bin")]
    [InlineData(64, "There can't be 1 bins", "bins", "--count", "1", "--prefix", "bin")]
    [InlineData(76, "has delegations already", "bins", "--count", "16", "--prefix", "bin")]
    [InlineData(66, "targets does not delegate to ghost", "add-key", "ghost")]
    [InlineData(65, "there does not have the key", "remove-key", "there")]
    public async Task What_no_client_could_use_is_refused_with_the_reason(
        int code,
        string reason,
        string command,
        params string[] more
    )
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("there", "--paths", "there/*");
        var before = File.ReadAllBytes(repository.Workspace.DraftRoles);

        var result = await repository.RunAsync([
            "delegation",
            command,
            repository.Path,
            .. more,
            "--key",
            repository.Key("stranger"),
        ]);

        Assert.Equal(code, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(repository.Workspace.DraftRoles));
    }

    [Fact]
    public async Task The_last_key_that_a_threshold_needs_cannot_be_removed()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");

        var key = await repository.RunAsync(
            "delegation",
            "remove-key",
            repository.Path,
            "apps",
            "--key",
            repository.Key("apps")
        );
        var threshold = await repository.RunAsync("delegation", "set-threshold", repository.Path, "apps", "2");

        Assert.Equal((64, 64), (key.Code, threshold.Code));
        Assert.Contains("threshold of apps would be 1 with 0", key.Error, StringComparison.Ordinal);
        Assert.Contains("threshold of apps would be 2 with 1", threshold.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_removed_role_stays_in_the_snapshot_so_that_hosts_that_knew_it_see_no_rollback()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        await repository.HostAsync("knows");

        await repository.MustAsync(["delegation", "remove", repository.Path, "apps"]);
        await repository.MustAsync(repository.PublishRoles());

        await repository.HostAsync("knows");
        var now = Published.Read(repository.Workspace);
        Assert.Equal(1, new PublishedRoles(repository.Workspace, now).VersionOf("apps"));
        Assert.Null(now.Targets!.ToTargets().Delegations);
    }

    [Fact]
    public async Task A_role_that_comes_back_goes_on_counting_and_begins_empty_under_another_key()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        await repository.HostAsync("knows");
        await repository.MustAsync(["delegation", "remove", repository.Path, "apps"]);
        await repository.MustAsync(repository.PublishRoles());

        repository.NewKey("other");
        await repository.MustAsync([
            "delegation",
            "add",
            repository.Path,
            "apps",
            "--key",
            repository.Key("other"),
            "--paths",
            "apps/*",
        ]);
        await repository.MustAsync(repository.PublishRoles("apps=other"));

        Assert.True(File.Exists(repository.Workspace.Versioned("apps", 2)));
        await repository.HostAsync("knows");
    }

    [Fact]
    public async Task A_role_with_two_delegators_must_satisfy_both()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("a", "--paths", "x/*");
        await repository.DelegateAsync("b", "--paths", "x/*");
        await repository.DelegateAsync("shared", "--from", "a", "--paths", "x/*");
        repository.NewKey("other");
        await repository.MustAsync([
            "delegation",
            "add",
            repository.Path,
            "shared",
            "--from",
            "b",
            "--key",
            repository.Key("other"),
            "--paths",
            "x/*",
        ]);

        var half = await repository.RunAsync(repository.PublishRoles("a", "b", "shared"));
        await repository.MustAsync(repository.PublishRoles("a", "b", "shared", "shared=other"));

        Assert.Equal(65, half.Code);
        Assert.Contains(
            "shared has 0 of 1 signatures by distinct keys that b names for it",
            half.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Two_roles_that_delegate_to_each_other_are_published_and_listed()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("a", "--paths", "x/*");
        await repository.DelegateAsync("b", "--from", "a", "--paths", "x/*");
        await repository.MustAsync([
            "delegation",
            "add",
            repository.Path,
            "a",
            "--from",
            "b",
            "--key",
            repository.Key("a"),
            "--paths",
            "x/*",
        ]);

        await repository.MustAsync(repository.PublishRoles("a", "b"));
        await repository.MustAsync(["delegation", "list", repository.Path]);

        Assert.Null(await repository.ReadAsync("x/1"));
    }

    [Theory]
    [InlineData(false, 16)]
    [InlineData(true, 16)]
    [InlineData(true, 32)]
    public async Task Bins_are_all_published_and_a_host_asks_the_right_one(bool byPrefix, int count)
    {
        using var repository = await TestRepository.CreateAsync();
        repository.NewKey("bins");
        string[] more = byPrefix ? ["--by-prefix"] : [];
        await repository.MustAsync(
            [
                "delegation",
                "bins",
                repository.Path,
                "--count",
                $"{count}",
                "--prefix",
                "bin",
                "--key",
                repository.Key("bins"),
            ],
            more
        );

        await repository.MustAsync(repository.PublishRoles("bin-*=bins"));

        Assert.Equal(count, Directory.EnumerateFiles(repository.Workspace.Metadata, "1.bin-*.json").Count());
        // Nobody has it, but a bin was asked: it is in the host's store.
        Assert.Null(await repository.FindAsync("some/target", "store"));
        Assert.Single(Directory.EnumerateFiles(repository.Of("store"), "bin-*.json"));
    }

    [Fact]
    public async Task Keys_of_bins_are_changed_together()
    {
        using var repository = await TestRepository.CreateAsync();
        repository.NewKey("bins");
        repository.NewKey("new");
        await repository.MustAsync([
            "delegation",
            "bins",
            repository.Path,
            "--count",
            "4",
            "--prefix",
            "bin",
            "--key",
            repository.Key("bins"),
        ]);
        await repository.MustAsync(repository.PublishRoles("bin-*=bins"));
        await repository.MustAsync(["delegation", "add-key", repository.Path, "bin", "--key", repository.Key("new")]);
        await repository.MustAsync(["delegation", "set-threshold", repository.Path, "bin-*", "2"]);

        await repository.MustAsync(repository.PublishRoles("bin-*=bins", "bin-*=new"));

        Assert.Equal(4, Directory.EnumerateFiles(repository.Workspace.Metadata, "2.bin-*.json").Count());
        Assert.Null(await repository.FindAsync("some/target", "store"));
    }

    [Fact]
    public async Task Fields_that_the_tools_do_not_know_survive_an_edit_of_delegations()
    {
        var document = MetadataDocument.NewTargets(1, DateTimeOffset.UnixEpoch);
        using var signer = Ed25519Signer.Generate();
        var role = new UpdateEngine.Tuf.Metadata.DelegatedRole(
            "a",
            new UpdateEngine.Tuf.Metadata.RoleKeys(new HashSet<string> { signer.PublicKey.ComputeKeyId() }, 1),
            false,
            [new UpdateEngine.Tuf.Metadata.PathPattern("x")],
            null
        );
        document.AddDelegation(role, [signer.PublicKey]);
        document.Signed["delegations"]!["x-note"] = "kept";
        document.Signed["delegations"]!["roles"]![0]!["x-owner"] = "kept too";

        document.AddDelegation(role with { Name = "b" }, [signer.PublicKey], before: "a");
        document.SetDelegatedThreshold("a", 1);
        document.RemoveDelegation("b");

        var delegations = document.Signed["delegations"]!.AsObject();
        Assert.Equal("kept", (string?)delegations["x-note"]);
        Assert.Equal("kept too", (string?)Assert.Single(delegations["roles"]!.AsArray())!["x-owner"]);
        await Task.CompletedTask;
    }
}
