using System.Security.Cryptography;
using RepoTools.Keys;
using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Each finding of `repo lint`: its name, how severe it is, and that its sentence names the thing. And a repository that has none of them.</summary>
public sealed class RepoLintFindingTests
{
    [Fact]
    public async Task A_repository_in_good_order_has_no_finding_and_notes_alone_are_no_reason_to_fail()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "1.2.0");
        await repository.PublishAppsAsync();
        await InstallRootAsync(repository, "add-key ROOT --role root --key stranger", "set-threshold ROOT root 2");

        var clean = await repository.MustAsync(["repo", "lint", repository.Path]);
        var later = await repository.LintAsync("--at", "2026-11-25T12:00:00Z");

        Assert.Equal($"{repository.Path}: nothing to complain of.\n", clean.Out);
        Assert.Equal(0, later.Code);
        Assert.Equal(["wave-over"], Lint.Names(later));
    }

    [Theory]
    [InlineData("root-threshold", "add-key ROOT --role root --key stranger", "Each of the 2 root keys alone")]
    [InlineData(
        "root-key-online",
        "add-key ROOT --role targets --role snapshot --role timestamp --key root",
        "A root key may sign targets too",
        "A root key may sign snapshot too",
        "A root key may sign timestamp too"
    )]
    [InlineData(
        "targets-key-shared",
        "add-key ROOT --role timestamp --role snapshot --key targets",
        "A key of targets may sign the timestamp too",
        "A key of targets may sign the snapshot too"
    )]
    public async Task Top_level_keys_that_do_more_than_they_should_are_warned_of(
        string name,
        string edit,
        params string[] what
    )
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.MustAsync(repository.PublishArguments());
        await InstallRootAsync(repository, edit);

        var result = await repository.LintAsync();

        Assert.All(what, sentence => Lint.AssertFound(result, "warning", name, sentence));
    }

    [Theory]
    [InlineData("timestamp", "120d", "timestamp expires at 2027-03-20 12:00 UTC, after snapshot at 2027-02-18 12:00")]
    [InlineData("snapshot", "400d", "snapshot expires at 2027-12-25 12:00 UTC, after root at 2027-11-20 12:00")]
    [InlineData("targets", "400d", "targets expires at 2027-12-25 12:00 UTC, after root at 2027-11-20 12:00")]
    public async Task A_role_that_outlives_what_it_depends_on_is_warned_of(string role, string span, string what)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.MustAsync(repository.PublishArguments(), [$"--{role}-expires", span]);

        Lint.AssertFound(await repository.LintAsync(), "warning", "expiry-order", what);
    }

    [Theory]
    [InlineData("root", 409_600, "500.0 KiB")]
    [InlineData("timestamp", 13_107, "16.0 KiB")]
    [InlineData("snapshot", 1_600_000, "1.9 MiB")]
    [InlineData("targets", 4_000_000, "4.8 MiB")]
    [InlineData("apps", 4_000_000, "4.8 MiB")]
    public async Task Metadata_is_warned_of_from_four_fifths_of_what_hosts_read(string role, int length, string limit)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.PublishAppsAsync();

        PadTo(length);
        var below = await repository.LintAsync();
        PadTo(length + 1);
        var above = await repository.LintAsync();

        Assert.DoesNotContain("near-limit", Lint.Names(below));
        Lint.AssertFound(above, "warning", "near-limit", $"{role} has ");
        Lint.AssertFound(above, "warning", "near-limit", $"hosts read {limit} at most");

        void PadTo(int bytes) =>
            Rewrite(
                repository,
                role,
                document =>
                {
                    document.SetVersion(role == Roles.Root ? 2 : 1);
                    document.Signed["x-padding"] = "";
                    Sign(repository, role, document);
                    document.Signed["x-padding"] = new string('x', bytes - document.ToBytes().Length);
                }
            );
    }

    [Fact]
    public async Task A_list_of_over_five_thousand_targets_is_noted()
    {
        using var repository = await TestRepository.CreateAsync();
        await ListAsync(1, 4999);
        var below = await repository.LintAsync();
        await ListAsync(5000, 1);

        Assert.DoesNotContain("many-targets", Lint.Names(below));
        // The manifest is one, too.
        Lint.AssertFound(await repository.LintAsync(), "note", "many-targets", "targets lists 5001 targets");

        async Task ListAsync(int first, int count)
        {
            var lines = Enumerable.Range(first, count).Select(i => $"x{i}\t5\t{new string('0', 64)}\n");
            var list = repository.TextFile("list.tsv", string.Concat(lines));
            await repository.MustAsync(["target", "add", repository.Path, "--from-list", list]);
            await repository.MustAsync(repository.PublishArguments());
        }
    }

    [Fact]
    public async Task A_snapshot_of_mostly_former_roles_is_noted()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("one", "--paths", "one/*");
        await repository.DelegateAsync("two", "--paths", "two/*");
        await repository.MustAsync(repository.PublishRoles("one", "two"));
        await RemoveAsync("one");
        var half = await repository.LintAsync();
        await RemoveAsync("two");

        Assert.DoesNotContain("former-roles", Lint.Names(half));
        Lint.AssertFound(await repository.LintAsync(), "note", "former-roles", "The snapshot lists 2 roles");

        async Task RemoveAsync(string role)
        {
            await repository.MustAsync(["delegation", "remove", repository.Path, role]);
            await repository.MustAsync(repository.PublishArguments());
        }
    }

    [Fact]
    public async Task Patterns_that_no_name_can_match_are_errors()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.PublishAppsAsync();
        string[] never = ["apps/../*", "/apps/*", "apps/"];
        PathPattern[] patterns = [new("apps/*"), .. never.Select(pattern => new PathPattern(pattern))];
        Rewrite(repository, "targets", d => d.SetDelegatedPaths("apps", patterns, null));

        var result = await repository.LintAsync();

        Assert.Equal(never.Length, Lint.Names(result).Count(name => name == "pattern-never"));
        Assert.All(
            never,
            p =>
                Lint.AssertFound(
                    result,
                    "error",
                    "pattern-never",
                    $"The pattern {p} of apps can match no target's name"
                )
        );
    }

    [Fact]
    public async Task A_role_with_nothing_in_it_is_noted_and_an_empty_bin_is_not()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        using var bins = await TestRepository.CreateAsync();
        await bins.BinsAsync(2);
        await bins.MustAsync(bins.PublishRoles("bin-*=bins"));

        Lint.AssertFound(await repository.LintAsync(), "note", "role-empty", "The delegated role apps has no target");
        Assert.DoesNotContain("role-empty", Lint.Names(await bins.LintAsync()));
    }

    [Theory]
    [InlineData("error", "max-version-below-all", "demo (x86_64) is above max_version 1.0.0", "--max-version 1.0.0")]
    [InlineData("warning", "no-step", "older than 1.1.0 can't take demo 1.2.0 (x86_64)", "--min-version 1.1.0")]
    [InlineData(
        "warning",
        "wave-never-begins",
        "demo 1.2.0 (x86_64) begins at 2027-11-20 12:01 UTC",
        "--start 2027-11-20T12:01:00Z"
    )]
    [InlineData(
        "note",
        "wave-over",
        "The waves of demo 1.2.0 (x86_64) were over at 2026-11-20 12:00 UTC",
        "--start 2026-11-16T12:00:00Z"
    )]
    public async Task A_release_is_told_of_by_what_it_was_added_with(
        string severity,
        string name,
        string what,
        string options
    )
    {
        using var repository = await PublishedAsync(options.Split(' '));

        Lint.AssertFound(await repository.LintAsync(), severity, name, what);
    }

    [Theory]
    [InlineData("--start", "2027-11-20T12:00:00Z")]
    [InlineData("--start", "2026-11-16T12:01:00Z")]
    public async Task Waves_that_will_begin_within_a_year_or_go_on_are_not_told_of(params string[] options)
    {
        using var repository = await PublishedAsync(options);

        Assert.Equal(["root-threshold"], Lint.Names(await repository.LintAsync()));
    }

    [Fact]
    public async Task A_release_that_is_held_back_is_not_called_open_to_everybody()
    {
        using var repository = await PublishedAsync("--start", "2026-11-01T12:00:00Z");
        await repository.MustAsync(["release", "pause", repository.Path, "--all", "--reason", "Freeze"]);
        await repository.MustAsync(repository.PublishArguments());

        Assert.DoesNotContain("wave-over", Lint.Names(await repository.LintAsync()));
    }

    [Fact]
    public async Task Steps_may_follow_on_one_another_until_one_of_them_is_gone()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "1.1.0");
        await AddAsync(repository, "1.2.0", "--min-version", "1.1.0");
        await AddAsync(repository, "1.3.0", "--min-version", "1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        var whole = await repository.LintAsync();
        await RecallAsync(repository, "1.2.0");

        Assert.DoesNotContain("no-step", Lint.Names(whole));
        Lint.AssertFound(
            await repository.LintAsync(),
            "warning",
            "no-step",
            "Hosts older than 1.2.0 can't take demo 1.3"
        );
    }

    [Fact]
    public async Task Hosts_whose_every_release_is_recalled_are_an_error()
    {
        using var repository = await PublishedAsync();
        await RecallAsync(repository, "1.2.0");

        Lint.AssertFound(await repository.LintAsync(), "error", "all-recalled", "Every release of demo (x86_64)");
    }

    [Fact]
    public async Task An_image_that_is_no_target_is_an_error()
    {
        using var repository = await PublishedAsync();
        var image = Published
            .Read(repository.Workspace)
            .TargetFiles.Keys.Single(name => name.Contains("root", StringComparison.Ordinal));
        Rewrite(repository, "targets", d => d.RemoveTarget(new TargetName(image)));

        Lint.AssertFound(
            await repository.LintAsync(),
            "error",
            "image-missing",
            $"demo 1.2.0 (x86_64) names the image {image},"
        );
    }

    [Fact]
    public async Task A_file_of_a_migration_that_is_no_target_or_is_gone_is_an_error()
    {
        using var repository = await TestRepository.CreateAsync();
        File.WriteAllText(repository.Of("rename-setting"), "#!/bin/sh\n");
        await repository.MustAsync([
            "migration",
            "add",
            repository.Path,
            "1.1.0",
            "1.2.0",
            repository.Of("rename-setting"),
        ]);
        await AddAsync(repository, "1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        const string Name = "migrate_v1.2.0_rename-setting.zst";
        var sound = await repository.LintAsync();

        File.Delete(Directory.EnumerateFiles(repository.Workspace.Targets, $"*{Name}").Single());
        var gone = await repository.LintAsync();
        Rewrite(repository, "targets", d => d.RemoveTarget(new TargetName(Name)));
        var unlisted = await repository.LintAsync();

        Assert.Equal(["root-threshold"], Lint.Names(sound));
        Lint.AssertFound(gone, "error", "target-missing", $"the first is {Name}");
        Lint.AssertFound(unlisted, "error", "migration-missing", $"(1.1.0, 1.2.0) names the file {Name},");
    }

    [Theory]
    [InlineData("gone", "manifest.json is not there")]
    [InlineData("changed", "manifest.json")]
    [InlineData("signed", "must not be null")]
    public async Task A_manifest_that_no_host_can_use_is_an_error_and_the_rest_goes_on(string how, string why)
    {
        using var repository = await PublishedAsync();
        var file = Directory.GetFiles(repository.Workspace.Targets, "*manifest.json").Single();
        switch (how)
        {
            case "gone":
                File.Delete(file);
                break;
            case "changed":
                File.WriteAllText(file, File.ReadAllText(file).Replace("demo", "Demo", StringComparison.Ordinal));
                break;
            default:
                var bytes = """{"updates": [null]}"""u8.ToArray();
                var digest = Convert.ToHexStringLower(SHA256.HashData(bytes));
                var name = new TargetName(Manifest.DefaultTargetName);
                File.WriteAllBytes(repository.Workspace.Target(name.Value, digest), bytes);
                Rewrite(repository, "targets", d => d.SetTarget(name, bytes.Length, digest));
                break;
        }

        var result = await repository.LintAsync();

        Lint.AssertFound(result, "error", "manifest-unusable", why);
        Assert.Contains("root-threshold", Lint.Names(result));
    }

    [Fact]
    public async Task Metadata_of_older_versions_is_noted_once_no_host_may_be_reading_it()
    {
        using var repository = await PublishedAsync();
        await repository.MustAsync(repository.PublishArguments());
        AgeAll(6);
        var soon = await repository.LintAsync();
        AgeAll(8);

        Assert.DoesNotContain("superseded-metadata", Lint.Names(soon));
        Lint.AssertFound(
            await repository.LintAsync(),
            "note",
            "superseded-metadata",
            $"2 file(s) in {repository.Workspace.Metadata} are of older versions"
        );

        void AgeAll(int days)
        {
            foreach (var path in Directory.GetFiles(repository.Workspace.Metadata))
            {
                File.SetLastWriteTimeUtc(path, TestRepository.Start.AddDays(-days).UtcDateTime);
            }
        }
    }

    private static async Task<TestRepository> PublishedAsync(params string[] release)
    {
        var repository = await TestRepository.CreateAsync();
        await AddAsync(repository, "1.2.0", release);
        await repository.MustAsync(repository.PublishArguments());
        return repository;
    }

    private static async Task AddAsync(TestRepository repository, string version, params string[] more)
    {
        var result = await repository.AddAsync(version, more);
        Assert.True(result.Code == 0, result.Error);
    }

    private static async Task RecallAsync(TestRepository repository, string version)
    {
        await repository.MustAsync(["release", "recall", repository.Path, "--version", version, "--reason", "Bad"]);
        await repository.MustAsync(repository.PublishArguments());
    }

    /// <summary>The next root with these edits, ROOT for its file and a key's name after --key; signed by the keys "root" and "stranger".</summary>
    private static async Task InstallRootAsync(TestRepository repository, params string[] edits)
    {
        var next = repository.Of("root-2.json");
        await repository.MustAsync(["root", "bump", repository.RootFile, "--out", next]);
        foreach (var edit in edits)
        {
            var words = edit.Replace("ROOT", next, StringComparison.Ordinal).Split(' ');
            if (words[^2] == "--key")
            {
                words[^1] = repository.Key(words[^1]);
            }

            await repository.MustAsync(["root", .. words]);
        }

        var second = edits.Any(e => e.Contains("stranger", StringComparison.Ordinal));
        await repository.MustAsync(
            ["root", "sign", next, "--previous", repository.RootFile, "--key", repository.Key("root")],
            second ? ["--key", repository.Key("stranger")] : []
        );
        await repository.MustAsync(["root", "publish", repository.Path, next]);
    }

    /// <summary>Changes what is published with the right keys, as another tool might: these would refuse it. Whatever names the role is signed anew.</summary>
    private static void Rewrite(TestRepository repository, string role, Action<MetadataDocument> edit)
    {
        string PathOf(long version) =>
            role == Roles.Timestamp ? repository.Workspace.Timestamp : repository.Workspace.Versioned(role, version);
        var document = MetadataDocument.Parse(File.ReadAllBytes(PathOf(1)));
        edit(document);
        Sign(repository, role, document);
        File.WriteAllBytes(PathOf(document.Version), document.ToBytes());
        if (role is not (Roles.Root or Roles.Timestamp))
        {
            var namedBy = role == Roles.Snapshot ? Roles.Timestamp : Roles.Snapshot;
            Rewrite(repository, namedBy, above => above.SetMeta($"{role}.json", document.Version));
        }
    }

    private static void Sign(TestRepository repository, string role, MetadataDocument document)
    {
        using var keys = SigningKeys.Open([repository.Key(role)], KeyAccess.Standard);
        document.ClearSignatures();
        document.Sign(keys[0].Signer);
    }
}
