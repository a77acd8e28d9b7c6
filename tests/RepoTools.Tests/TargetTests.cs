using System.Security.Cryptography;
using System.Text;
using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf;
using Xunit;

namespace RepoTools.Tests;

public sealed class TargetTests
{
    [Fact]
    public async Task A_target_goes_where_the_delegations_lead_and_a_host_finds_it()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.DelegateAsync("team", "--from", "apps", "--paths", "apps/t-*");

        var top = await AddAsync(repository, "notes.txt", "top");
        var app = await AddAsync(repository, "apps/x", "app");
        var team = await AddAsync(repository, "apps/t-1", "team");
        await repository.MustAsync(repository.PublishRoles("apps", "team"));

        Assert.Equal(["targets", "apps", "team"], new[] { top, app, team });
        Assert.Equal("top", await repository.ReadAsync("notes.txt"));
        Assert.Equal("app", await repository.ReadAsync("apps/x"));
        Assert.Equal("team", await repository.ReadAsync("apps/t-1"));
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("/abs")]
    [InlineData("a//b")]
    public async Task A_name_that_no_target_can_have_is_a_slip_of_who_typed_it_and_no_sign_of_tampering(string name)
    {
        using var repository = await TestRepository.CreateAsync();
        var file = repository.Image("a.img", 100, 1);

        Assert.All(
            [
                await repository.RunAsync("target", "add", repository.Path, file, "--name", name),
                await repository.RunAsync("target", "remove", repository.Path, name),
                await repository.RunAsync("repo", "explain", repository.Path, name),
            ],
            result =>
            {
                Assert.Equal(64, result.Code);
                Assert.DoesNotContain("tampered", result.Error, StringComparison.Ordinal);
            }
        );
    }

    [Theory]
    [InlineData("36500d", 0)]
    [InlineData("36501d", 64)]
    public async Task The_longest_span_is_the_one_that_the_refusal_names(string span, int code)
    {
        using var repository = await TestRepository.CreateAsync();

        var result = await repository.RunAsync([
            .. repository.PublishArguments(),
            "--timestamp-expires",
            span,
            "--dry-run",
        ]);

        Assert.Equal(code, result.Code);
        Assert.Equal(code != 0, result.Error.Contains("at most 36500d", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_target_is_replaced_where_it_is_and_removed_from_there()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "apps/x", "old");
        await repository.MustAsync(repository.PublishArguments());
        await repository.DelegateAsync("apps", "--paths", "apps/*");

        Assert.Equal("targets", await AddAsync(repository, "apps/x", "new"));
        await repository.MustAsync(repository.PublishRoles("apps"));
        Assert.Equal("new", await repository.ReadAsync("apps/x"));

        await repository.MustAsync(["target", "remove", repository.Path, "apps/x"]);
        await repository.MustAsync(repository.PublishArguments());
        Assert.Null(await repository.ReadAsync("apps/x"));
    }

    [Fact]
    public async Task Custom_fields_are_signed_with_the_target()
    {
        using var repository = await TestRepository.CreateAsync();
        var custom = repository.TextFile("custom.json", """{"channel": "beta", "sizes": [1, 2]}""");
        await AddAsync(repository, "x", "content", "--custom", custom);

        await repository.MustAsync(repository.PublishArguments());

        var target = await repository.FindAsync("x", "store");
        Assert.Contains("\"beta\"", target!.Custom, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_no_host_would_find_is_refused_with_the_reason()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("first", "--paths", "a/*", "--terminating");
        await repository.DelegateAsync("second", "--paths", "a/*", "b/*");
        await AddAsync(repository, "b/x", "here", "--role", "targets");
        var file = repository.TextFile("f", "f");

        Task<ToolResult> Add(string name, string role) =>
            repository.RunAsync("target", "add", repository.Path, file, "--name", name, "--role", role);
        var path = await Add("c/x", "second");
        var terminated = await Add("a/x", "second");
        var shadowed = await Add("b/x", "second");
        var nobody = await Add("a/x", "ghost");

        Assert.Equal([76, 76, 76, 66], new[] { path.Code, terminated.Code, shadowed.Code, nobody.Code });
        Assert.Contains(
            "No host would find c/x in second: no delegation that leads to the role is for that name",
            path.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("at the terminating role first", terminated.Error, StringComparison.Ordinal);
        Assert.Contains(
            "targets is asked before it, and has a target of that name",
            shadowed.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("Nobody delegates to ghost", nobody.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_clients_are_too_tired_to_reach_is_refused()
    {
        using var repository = await TestRepository.CreateAsync();
        repository.NewKey("k");
        for (var i = 0; i < 33; i++)
        {
            await repository.MustAsync([
                "delegation",
                "add",
                repository.Path,
                $"r{i}",
                "--key",
                repository.Key("k"),
                "--paths",
                "a/*",
            ]);
        }

        var file = repository.TextFile("f", "f");
        var last = await repository.RunAsync("target", "add", repository.Path, file, "--name", "a/x", "--role", "r32");

        Assert.Equal(76, last.Code);
        Assert.Contains("a client asks 32 delegated roles and no more", last.Error, StringComparison.Ordinal);
        await repository.MustAsync(["target", "add", repository.Path, file, "--name", "a/x", "--role", "r31"]);
        await repository.MustAsync(repository.PublishRoles("r*=k"));
        Assert.Equal("f", await repository.ReadAsync("a/x"));
    }

    [Fact]
    public async Task Images_of_releases_are_not_for_these_commands()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var file = repository.TextFile("f", "f");

        var manifest = await repository.RunAsync("target", "add", repository.Path, file, "--name", "manifest.json");
        var image = await repository.RunAsync(
            "target",
            "add",
            repository.Path,
            file,
            "--name",
            "demo-x86_64-1.2.0-root.img.zst"
        );
        await repository.MustAsync(repository.PublishArguments());
        var remove = await repository.RunAsync("target", "remove", repository.Path, "manifest.json");

        Assert.All([manifest, image, remove], r => Assert.Equal(76, r.Code));
        Assert.Contains("belongs to a release", remove.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_and_bins_live_beside_each_other_and_bins_are_published_without_the_key_of_targets()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.BinsAsync(16);
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishRoles("bin-*=bins"));
        var before = repository.Metadata();

        var role = await AddAsync(repository, "apps/x", "content");
        await repository.MustAsync(repository.PublishOnlyRoles("bin-*=bins"));

        var after = repository.Metadata();
        Assert.Equal(
            [$"2.{role}.json", "2.snapshot.json"],
            after.Keys.Except(before.Keys).Order(StringComparer.Ordinal)
        );
        Assert.All(before.Where(f => f.Key != "timestamp.json"), f => Assert.Equal(f.Value, after[f.Key]));
        Assert.Equal("content", await repository.ReadAsync("apps/x"));
        Assert.Single((await repository.ReadAsHostAsync("release")).Manifest!.Updates);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    public async Task A_list_of_nothing_is_refused(string text)
    {
        using var repository = await TestRepository.CreateAsync();
        var list = repository.TextFile("list.tsv", text);

        var result = await repository.RunAsync("target", "add", repository.Path, "--from-list", list);

        Assert.Equal(64, result.Code);
        Assert.Contains($"{list} lists no target", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(repository.Workspace.DraftRoles));
    }

    [Fact]
    public async Task A_list_names_targets_whose_files_lie_elsewhere()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.BinsAsync(16);
        var lines = Enumerable.Range(0, 200).Select(i => $"apps/with space {i}\t{i}\t{Digest($"{i}")}");
        var list = repository.TextFile("list.tsv", string.Join('\n', lines) + "\n");

        var added = await repository.MustAsync(["target", "add", repository.Path, "--from-list", list]);
        await repository.MustAsync(repository.PublishRoles("bin-*=bins"));

        Assert.Contains("200 target(s) of a list, in 16 role(s)", added.Out, StringComparison.Ordinal);
        var target = await repository.FindAsync("apps/with space 77", "store");
        Assert.Equal((77L, Digest("77")), (target!.Length, target.Hashes.Values["sha256"]));
    }

    [Fact]
    public async Task A_role_that_is_longer_than_hosts_read_is_refused_before_anything_is_written()
    {
        using var repository = await TestRepository.CreateAsync();
        var lines = Enumerable
            .Range(0, 30_000)
            .Select(i => $"releases/demo-x86_64/{i:0000000}/root.img\t1\t{Digest("")}\n");
        var list = repository.TextFile("list.tsv", string.Concat(lines));
        await repository.MustAsync(["target", "add", repository.Path, "--from-list", list]);

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(76, result.Code);
        Assert.Contains("hosts read 5000000 at most", result.Error, StringComparison.Ordinal);
        Assert.Single(repository.Metadata());
    }

    [Theory]
    [InlineData("a\t1")]
    [InlineData("a\t-1\t{0}")]
    [InlineData("a\t1\tABC")]
    [InlineData("../a\t1\t{0}")]
    [InlineData("a b 1 {0}")]
    public async Task A_wrong_line_of_a_list_is_named_and_nothing_of_the_list_is_taken(string line)
    {
        using var repository = await TestRepository.CreateAsync();
        var list = repository.TextFile(
            "list.tsv",
            $"ok\t1\t{Digest("")}\n" + line.Replace("{0}", Digest(""), StringComparison.Ordinal) + "\n"
        );

        var result = await repository.RunAsync("target", "add", repository.Path, "--from-list", list);

        Assert.Equal(64, result.Code);
        Assert.Contains("Line 2 of", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(repository.Workspace.DraftRoles));
    }

    [Fact]
    public async Task Wrong_uses_of_the_command_are_one_sentence()
    {
        using var repository = await TestRepository.CreateAsync();
        var file = repository.TextFile("f", "f");
        string[] add = ["target", "add", repository.Path];

        var nothing = await repository.RunAsync(add);
        var named = await repository.RunAsync([.. add, file, file, "--name", "x"]);
        var custom = await repository.RunAsync([.. add, file, "--custom", repository.TextFile("c", "[1]")]);
        var missing = await repository.RunAsync([.. add, repository.Of("ghost")]);
        var gone = await repository.RunAsync("target", "remove", repository.Path, "ghost");

        Assert.Equal([64, 64, 64, 66, 66], new[] { nothing.Code, named.Code, custom.Code, missing.Code, gone.Code });
        Assert.Contains("needs either files or --from-list", nothing.Error, StringComparison.Ordinal);
        Assert.Contains("No role has a target ghost", gone.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_list_shows_what_is_published_and_what_waits()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "a", "1");
        await AddAsync(repository, "b", "1");
        await repository.MustAsync(repository.PublishArguments());
        await repository.MustAsync(["target", "remove", repository.Path, "a"]);
        await AddAsync(repository, "c", "22");

        var list = (await repository.MustAsync(["target", "list", repository.Path, "--json"])).Json.GetProperty(
            "targets"
        );

        Assert.Equal(
            ["b False", "c True", "manifest.json False"],
            list.EnumerateArray()
                .Select(t => $"{t.GetProperty("name").GetString()} {t.GetProperty("waits").GetBoolean()}")
        );
    }

    [Fact]
    public async Task A_published_role_that_somebody_changed_is_not_signed_again()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await AddAsync(repository, "apps/x", "x");
        await repository.MustAsync(repository.PublishRoles("apps"));
        var path = repository.Workspace.Versioned("apps", 1);
        File.WriteAllText(path, File.ReadAllText(path).Replace("apps/x", "apps/6", StringComparison.Ordinal));
        var before = repository.Metadata();

        var add = await repository.RunAsync(
            "target",
            "add",
            repository.Path,
            repository.TextFile("y", "y"),
            "--name",
            "apps/y"
        );
        var renew = await repository.RunAsync([.. repository.PublishRoles("apps"), "--renew", "apps"]);

        Assert.All([add, renew], r => Assert.Equal(65, r.Code));
        Assert.Equal(before, repository.Metadata());
    }

    [Fact]
    public async Task A_role_that_the_snapshot_key_alone_has_put_there_is_not_signed_again()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await AddAsync(repository, "apps/x", "x");
        await repository.MustAsync(repository.PublishRoles("apps"));
        // Whoever holds the keys of snapshot and timestamp makes the change consistent, but cannot sign the role.
        var path = repository.Workspace.Versioned("apps", 1);
        File.WriteAllText(path, File.ReadAllText(path).Replace("apps/x", "apps/6", StringComparison.Ordinal));
        Resign(repository, path);

        var renew = await repository.RunAsync([.. repository.PublishRoles("apps"), "--renew", "apps"]);

        Assert.Equal(65, renew.Code);
        Assert.Contains(
            "apps version 1 has 0 of 1 valid signatures by the keys that targets names",
            renew.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Delegated_roles_hold_as_long_as_asked_for_and_are_renewed_when_asked_for()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.DelegateAsync("docs", "--paths", "docs/*");
        await repository.MustAsync(
            repository.PublishRoles("apps", "docs"),
            ["--role-expires", "30d", "--role-expires", "docs=60d"]
        );
        repository.Time.Now += TimeSpan.FromDays(31);
        await repository.MustAsync(repository.PublishArguments());
        await Assert.ThrowsAsync<ExpiredException>(() => repository.ReadAsync("apps/x"));
        Assert.Null(await repository.ReadAsync("docs/x"));

        await repository.MustAsync(repository.PublishOnlyRoles("apps"), ["--renew", "apps"]);

        Assert.Null(await repository.ReadAsync("apps/x"));
        Assert.False(File.Exists(repository.Workspace.Versioned("docs", 2)));
    }

    [Fact]
    public async Task Refresh_renews_snapshot_and_timestamp_alone()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "x", "x");
        await repository.MustAsync(repository.PublishArguments());
        await AddAsync(repository, "y", "y");
        repository.Time.Now += TimeSpan.FromDays(8);
        string[] refresh =
        [
            "refresh",
            repository.Path,
            "--snapshot-key",
            repository.Key("snapshot"),
            "--timestamp-key",
            repository.Key("timestamp"),
        ];

        await repository.MustAsync(refresh);

        Assert.Equal("x", await repository.ReadAsync("x"));
        Assert.Null(await repository.ReadAsync("y"));
        Assert.True(File.Exists(repository.Workspace.DraftRoles));
        repository.Time.Now += TimeSpan.FromDays(90);
        var expired = await repository.RunAsync(refresh);
        Assert.Equal(76, expired.Code);
        Assert.Contains("targets of", expired.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Publishing_needs_the_key_of_targets_where_targets_change()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "x", "x");

        var result = await repository.RunAsync(repository.PublishOnlyRoles());

        Assert.Equal(65, result.Code);
        Assert.Contains("--targets-key", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_a_delegation_takes_the_waiting_changes_of_its_role_along()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await AddAsync(repository, "apps/x", "x");

        var removed = await repository.MustAsync(["delegation", "remove", repository.Path, "apps"]);
        await repository.MustAsync(repository.PublishArguments());

        Assert.Contains(
            "the changes of apps, which nobody delegates to any more",
            removed.Out,
            StringComparison.Ordinal
        );
        Assert.False(File.Exists(repository.Workspace.Versioned("apps", 1)));
    }

    /// <returns>The role.</returns>
    private static async Task<string> AddAsync(
        TestRepository repository,
        string name,
        string content,
        params string[] more
    )
    {
        var file = repository.TextFile("content", content);
        var result = await repository.MustAsync(
            ["target", "add", repository.Path, file, "--name", name, "--json"],
            more
        );
        return result.Json.GetProperty("targets")[0].GetProperty("role").GetString()!;
    }

    private static void Resign(TestRepository repository, string path)
    {
        var bytes = File.ReadAllBytes(path);
        var now = Published.Read(repository.Workspace);
        now.Snapshot!.SetMeta("apps.json", 1, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
        now.Snapshot.ClearSignatures();
        now.Snapshot.Sign(repository.Plan().Snapshot[0].Signer);
        File.WriteAllBytes(repository.Workspace.Versioned("snapshot", 1), now.Snapshot.ToBytes());
    }

    private static string Digest(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
