using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf;
using Xunit;

namespace RepoTools.Tests;

public sealed class PublishTests
{
    [Fact]
    public async Task A_host_finds_and_verifies_what_was_published()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0", "--notes", "First");
        await repository.MustAsync(repository.PublishArguments());

        var (refresh, manifest) = await repository.ReadAsHostAsync();

        Assert.Equal((1, 1, 1), (refresh.TargetsVersion, refresh.SnapshotVersion, refresh.TimestampVersion));
        var release = Assert.Single(manifest!.Updates);
        Assert.Equal("demo 1.2.0 (x86_64)", release.ToString());
        Assert.Equal("First", release.Notes);
        Assert.Empty(Directory.EnumerateFiles(repository.Workspace.Draft));
    }

    [Fact]
    public async Task Nothing_of_a_draft_is_visible_before_publish()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        Assert.Empty(Directory.EnumerateFileSystemEntries(repository.Workspace.Targets));
        Assert.Equal(
            "1.root.json",
            Path.GetFileName(Assert.Single(Directory.EnumerateFiles(repository.Workspace.Metadata)))
        );
    }

    [Fact]
    public async Task Files_appear_targets_first_and_timestamp_last()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var order = new List<string>();

        new Publisher(repository.Workspace, repository.Time, path => order.Add(Path.GetFileName(path))).Publish(
            repository.Plan()
        );

        Assert.Equal(6, order.Count);
        Assert.All(
            order[..3],
            name =>
                Assert.Contains(
                    name[65..],
                    (string[])["demo-x86_64-1.2.0-boot.img.zst", "demo-x86_64-1.2.0-root.img.zst", "manifest.json"]
                )
        );
        Assert.Equal(["1.targets.json", "1.snapshot.json", "timestamp.json"], order[3..]);
    }

    [Fact]
    public async Task At_each_step_a_reader_finds_the_whole_old_repository_or_the_whole_new_one()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        await repository.AddAsync("1.3.0");
        var seen = new List<string>();

        var publisher = new Publisher(
            repository.Workspace,
            repository.Time,
            path =>
            {
                // A host without memory, and one that remembers what it saw a step ago.
                var fresh = repository.ReadAsHostAsync($"store{seen.Count}").GetAwaiter().GetResult();
                var same = repository.ReadAsHostAsync("same").GetAwaiter().GetResult();
                Assert.Equal(fresh.Refresh.TargetsVersion, same.Refresh.TargetsVersion);
                seen.Add(string.Join(' ', fresh.Manifest!.Updates.Select(u => u.Version)));
            }
        );
        publisher.Publish(repository.Plan());

        Assert.Equal(6, seen.Count);
        Assert.All(seen[..5], versions => Assert.Equal("1.2.0", versions));
        Assert.Equal("1.2.0 1.3.0", seen[5]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task An_interrupted_publish_leaves_a_whole_repository_and_can_be_run_again(int step)
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        await repository.AddAsync("1.3.0");
        var steps = 0;
        var publisher = new Publisher(
            repository.Workspace,
            repository.Time,
            _ =>
            {
                if (++steps == step)
                {
                    throw new IOException("the power went");
                }
            }
        );

        Assert.Throws<IOException>(() => publisher.Publish(repository.Plan()));
        var (_, between) = await repository.ReadAsHostAsync();
        Assert.Equal(step == 6 ? 2 : 1, between!.Updates.Count);

        await repository.MustAsync(repository.PublishArguments());
        var (_, after) = await repository.ReadAsHostAsync();
        Assert.Equal(["1.2.0", "1.3.0"], after!.Updates.Select(u => u.Version.ToString()));
    }

    [Fact]
    public async Task A_numbered_file_of_an_interrupted_publish_is_never_overwritten()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        await repository.AddAsync("1.3.0");
        var publisher = new Publisher(
            repository.Workspace,
            repository.Time,
            path => _ = path.EndsWith("2.targets.json", StringComparison.Ordinal) ? throw new IOException() : 0
        );
        Assert.Throws<IOException>(() => publisher.Publish(repository.Plan()));
        var left = File.ReadAllBytes(repository.Workspace.Versioned("targets", 2));

        await repository.MustAsync(repository.PublishArguments());

        Assert.Equal(left, File.ReadAllBytes(repository.Workspace.Versioned("targets", 2)));
        Assert.Equal(3, (await repository.ReadAsHostAsync()).Refresh.TargetsVersion);
    }

    [Fact]
    public async Task A_second_publisher_is_refused_as_busy()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        ToolResult? second = null;
        var first = new Publisher(
            repository.Workspace,
            repository.Time,
            _ => second ??= repository.RunAsync(repository.PublishArguments()).GetAwaiter().GetResult()
        );

        first.Publish(repository.Plan());

        Assert.Equal(75, second!.Code);
        Assert.Contains("Another publisher is at work", second.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await repository.ReadAsHostAsync()).Refresh.TargetsVersion);
    }

    [Fact]
    public async Task Too_few_distinct_keys_publish_nothing()
    {
        using var repository = await TestRepository.CreateAsync(targetsThreshold: 2);
        await repository.AddAsync("1.2.0");

        var twice = await repository.RunAsync(repository.PublishArguments("targets", "targets"));

        Assert.Equal(65, twice.Code);
        Assert.Contains("targets has 1 of 2 signatures", twice.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(repository.Workspace.Targets));

        await repository.MustAsync(repository.PublishArguments("targets", "targets2"));
        await repository.ReadAsHostAsync();
    }

    [Fact]
    public async Task A_key_of_another_role_publishes_nothing()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        var result = await repository.RunAsync(repository.PublishArguments("snapshot"));

        Assert.Equal(65, result.Code);
        Assert.Contains("may not sign targets", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(repository.Workspace.Targets));
    }

    [Fact]
    public async Task Published_metadata_that_somebody_changed_is_neither_signed_again_nor_built_upon()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        var targets = repository.Workspace.Versioned("targets", 1);
        File.WriteAllText(
            targets,
            File.ReadAllText(targets).Replace("1.2.0-root", "6.6.6-root", StringComparison.Ordinal)
        );
        var before = Files(repository);

        var publish = await repository.RunAsync(repository.PublishArguments());
        var add = await repository.AddAsync("1.3.0");
        string[] refresh = ["timestamp", "refresh", repository.Path, "--timestamp-key", repository.Key("timestamp")];

        Assert.All(
            [publish, add, await repository.RunAsync(refresh)],
            result =>
            {
                Assert.Equal(65, result.Code);
                Assert.Contains(
                    "targets version 1 has 0 of 1 valid signatures",
                    result.Error,
                    StringComparison.Ordinal
                );
            }
        );
        Assert.Equal(before, Files(repository));
    }

    [Fact]
    public async Task A_published_manifest_that_somebody_changed_does_not_become_the_next_one()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        var manifest = Directory.EnumerateFiles(repository.Workspace.Targets, "*.manifest.json").Single();
        File.WriteAllText(manifest, File.ReadAllText(manifest).Replace("1.2.0", "6.6.6", StringComparison.Ordinal));

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(65, result.Code);
        Assert.Contains(manifest, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_draft_image_that_changed_on_the_disk_publishes_nothing()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var image = Directory.EnumerateFiles(repository.Workspace.Draft, "*root.img.zst").Single();
        var bytes = File.ReadAllBytes(image);
        bytes[^1] ^= 1;
        File.WriteAllBytes(image, bytes);

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(65, result.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(repository.Workspace.Targets));
    }

    [Fact]
    public async Task Expiries_are_those_asked_for_and_versions_bump_by_themselves()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        repository.Time.Now += TimeSpan.FromDays(1);

        await repository.MustAsync(
            repository.PublishArguments(),
            ["--targets-expires", "60d", "--snapshot-expires", "30d", "--timestamp-expires", "12h"]
        );

        var status = (await repository.MustAsync(["status", repository.Path, "--json"]))
            .Json.GetProperty("roles")
            .EnumerateArray()
            .ToArray();
        var now = repository.Time.Now;
        Assert.Equal(
            [now.AddDays(60), now.AddDays(30), now.AddHours(12)],
            status[1..].Select(r => r.GetProperty("expires").GetDateTimeOffset())
        );
        Assert.Equal([2L, 2L, 2L], status[1..].Select(r => r.GetProperty("version").GetInt64()));
    }

    [Fact]
    public async Task Expiries_have_no_fractions_of_a_second_which_other_clients_refuse()
    {
        using var repository = await TestRepository.CreateAsync();
        repository.Time.Now += TimeSpan.FromMilliseconds(123);
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        await repository.MustAsync([
            "timestamp",
            "refresh",
            repository.Path,
            "--timestamp-key",
            repository.Key("timestamp"),
        ]);

        Assert.All(
            Directory.EnumerateFiles(repository.Workspace.Metadata),
            path => Assert.Matches("\"expires\": \"[0-9-]{10}T[0-9:]{8}Z\"", File.ReadAllText(path))
        );
    }

    [Fact]
    public async Task A_refreshed_timestamp_keeps_a_repository_alive_and_changes_nothing_else()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        var before = Files(repository);
        repository.Time.Now += TimeSpan.FromDays(8);
        await Assert.ThrowsAsync<ExpiredException>(() => repository.ReadAsHostAsync());

        await repository.MustAsync([
            "timestamp",
            "refresh",
            repository.Path,
            "--timestamp-key",
            repository.Key("timestamp"),
        ]);

        Assert.Equal(2, (await repository.ReadAsHostAsync()).Refresh.TimestampVersion);
        Assert.Equal(
            before.Where(f => f.Key != "timestamp.json"),
            Files(repository).Where(f => f.Key != "timestamp.json")
        );
    }

    [Fact]
    public async Task A_timestamp_is_not_refreshed_for_a_snapshot_that_expired()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        repository.Time.Now += TimeSpan.FromDays(91);

        var result = await repository.RunAsync(
            "timestamp",
            "refresh",
            repository.Path,
            "--timestamp-key",
            repository.Key("timestamp")
        );

        Assert.Equal(76, result.Code);
        Assert.Contains("repo-tools publish", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_of_a_removed_release_leave_the_targets_but_not_the_disk()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        await PublishAsync(repository, "1.3.0");

        await repository.MustAsync(["release", "remove", repository.Path, "--version", "1.2.0"]);
        await repository.MustAsync(repository.PublishArguments());

        var (_, manifest) = await repository.ReadAsHostAsync();
        Assert.Equal("1.3.0", Assert.Single(manifest!.Updates).Version.ToString());
        Assert.DoesNotContain("demo-x86_64-1.2.0-root.img.zst", Published.Read(repository.Workspace).TargetFiles.Keys);
        // A host that read the old metadata a second ago may still be fetching them.
        Assert.Contains(
            Directory.EnumerateFiles(repository.Workspace.Targets),
            f => f.EndsWith("demo-x86_64-1.2.0-root.img.zst", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task A_recalled_release_lowers_what_newer_hosts_may_run()
    {
        using var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, "1.2.0");
        await PublishAsync(repository, "1.3.0");
        var (_, before) = await repository.ReadAsHostAsync();
        Assert.All(before!.Updates, u => Assert.Equal("1.3.0", u.MaxVersion.ToString()));

        await repository.MustAsync([
            "release",
            "recall",
            repository.Path,
            "--version",
            "1.3.0",
            "--reason",
            "Loses the network",
        ]);
        await repository.MustAsync(repository.PublishArguments());

        var (_, after) = await repository.ReadAsHostAsync();
        Assert.All(after!.Updates, u => Assert.Equal("1.2.0", u.MaxVersion.ToString()));
        Assert.Equal("Loses the network", after.Updates[1].Recalled);
    }

    [Fact]
    public async Task Fields_of_a_manifest_that_the_tools_do_not_know_are_kept()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        var draft = repository.Workspace.DraftManifest;
        File.WriteAllText(
            draft,
            File.ReadAllText(draft).Replace("\"variant\"", "\"color\": \"blue\", \"variant\"", StringComparison.Ordinal)
        );

        await PublishAsync(repository, "1.3.0");

        var (_, manifest) = await repository.ReadAsHostAsync();
        Assert.Equal("blue", manifest!.Updates[0].Unknown!["color"].GetString());
    }

    private static async Task PublishAsync(TestRepository repository, string version)
    {
        var added = await repository.AddAsync(version);
        Assert.True(added.Code == 0, added.Error);
        await repository.MustAsync(repository.PublishArguments());
    }

    private static Dictionary<string, string> Files(TestRepository repository) =>
        Directory
            .EnumerateFiles(repository.Workspace.Metadata)
            .ToDictionary(p => Path.GetFileName(p), p => Convert.ToBase64String(File.ReadAllBytes(p)));
}
