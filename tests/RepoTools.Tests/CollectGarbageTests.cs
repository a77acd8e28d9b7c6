using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo collect-garbage`: what nobody needs goes, and nothing else, whoever is still fetching.</summary>
public sealed class CollectGarbageTests
{
    [Fact]
    public async Task What_hosts_may_still_be_fetching_stays_until_the_span_is_over()
    {
        using var repository = await TwiceAsync();
        var before = Served(repository);

        // The second publish was on day 10; hosts may use the first until then, and for the span after it.
        repository.Time.Now = TestRepository.Start.AddDays(16);
        Assert.Equal(0, Count(await RunAsync(repository)));
        repository.Time.Now = TestRepository.Start.AddDays(18);
        var dry = await RunAsync(repository, "--dry-run");
        Assert.Equal(before, Served(repository));
        var done = await RunAsync(repository);

        string[] gone =
        [
            "metadata/1.snapshot.json",
            "metadata/1.targets.json",
            "targets/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.hello.txt",
        ];
        Assert.Equal(dry.Json.GetProperty("files").ToString(), done.Json.GetProperty("files").ToString());
        Assert.Subset(before.Except(Served(repository)).ToHashSet(), gone.ToHashSet());
        Assert.True(File.Exists(repository.Workspace.Versioned("root", 1)));
        Assert.Equal(0, Count(await RunAsync(repository)));
        repository.Time.Now = TestRepository.Start.AddDays(11);
        await repository.MustAsync(["repo", "verify", repository.Path, "--targets"]);
    }

    [Fact]
    public async Task A_host_with_the_old_timestamp_finds_everything_within_the_span()
    {
        using var repository = await TwiceAsync(copyFirst: true);
        repository.Time.Now = TestRepository.Start.AddDays(16);
        await RunAsync(repository);

        // The host that fetched the first timestamp is still downloading by it.
        File.Copy(repository.Of("first-timestamp"), repository.Workspace.Timestamp, overwrite: true);
        repository.Time.Now = TestRepository.Start.AddDays(1);
        Assert.Equal("hello\n", await repository.ReadAsync("hello.txt"));
    }

    [Theory]
    [InlineData("publish")]
    [InlineData("refresh")]
    public async Task What_an_interrupted_publish_left_does_not_make_older_what_was_published_until_now(string command)
    {
        using var repository = await TwiceAsync();
        var left = repository.Workspace.Versioned("snapshot", 3);
        File.Copy(repository.Workspace.Versioned("snapshot", 2), left);
        // Left ten days after the second publish, which stays the newest one for long after that.
        AgeAll(repository, -40);
        Age(left, -30);
        repository.Time.Now = TestRepository.Start.AddDays(30);
        await repository.MustAsync(
            command == "publish"
                ? repository.PublishArguments()
                : ["refresh", repository.Path, .. repository.PublishArguments()[^4..]]
        );
        // On the day after, by the clock of the file system.
        var written = File.GetLastWriteTimeUtc(repository.Workspace.Versioned("snapshot", 4));
        repository.Time.Now = new DateTimeOffset(written).AddDays(1);

        await RunAsync(repository);

        Assert.True(File.Exists(repository.Workspace.Versioned("snapshot", 2)));
        Assert.True(File.Exists(repository.Workspace.Versioned("targets", 2)));
    }

    [Fact]
    public async Task What_a_clone_that_was_killed_had_begun_goes_after_the_span()
    {
        using var repository = await TwiceAsync();
        var partial = Path.Combine(repository.Workspace.Incoming, "abc.partial");
        Directory.CreateDirectory(repository.Workspace.Incoming);
        File.WriteAllText(partial, "begun");
        File.SetLastWriteTimeUtc(partial, TestRepository.Start.AddDays(10).UtcDateTime);

        repository.Time.Now = TestRepository.Start.AddDays(16);
        Assert.Equal(0, Count(await RunAsync(repository)));
        Assert.True(File.Exists(partial));
        repository.Time.Now = TestRepository.Start.AddDays(18);
        Assert.Contains("incoming/abc.partial", (await RunAsync(repository)).Out, StringComparison.Ordinal);

        Assert.False(File.Exists(partial));
    }

    [Fact]
    public async Task The_drafts_files_stay_even_where_an_interrupted_publish_has_moved_them()
    {
        using var repository = await TwiceAsync();
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("new.txt", "new\n")],
            ["--name", "new.txt"]
        );
        var waiting = Directory.GetFiles(repository.Workspace.DraftTargets).Single();
        var moved = Path.Combine(repository.Workspace.Targets, Path.GetFileName(waiting));
        File.Move(waiting, moved);
        Age(moved, 0);
        repository.Time.Now = TestRepository.Start.AddDays(30);

        await RunAsync(repository);

        Assert.True(File.Exists(moved));
        await repository.MustAsync(repository.PublishArguments());
        Assert.Equal("new\n", await repository.ReadAsync("new.txt"));
    }

    [Fact]
    public async Task Nothing_is_deleted_while_somebody_publishes_or_when_the_metadata_does_not_verify()
    {
        using var repository = await TwiceAsync();
        repository.Time.Now = TestRepository.Start.AddDays(30);
        var before = Served(repository);
        using (PublisherLock.Take(repository.Workspace))
        {
            Assert.Equal(75, (await RunAsync(repository)).Code);
        }

        var path = repository.Workspace.Versioned("targets", 2);
        File.WriteAllText(path, File.ReadAllText(path).Replace("2027-", "2037-", StringComparison.Ordinal));

        Assert.Equal(65, (await RunAsync(repository)).Code);
        Assert.Equal(before, Served(repository));
    }

    [Fact]
    public async Task While_a_delegated_role_is_missing_nobody_knows_what_it_names_and_nothing_is_deleted()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "apps/hello.txt"]
        );
        await repository.MustAsync(repository.PublishRoles("apps"));
        AgeAll(repository, 0);
        File.Delete(repository.Workspace.Versioned("apps", 1));
        repository.Time.Now = TestRepository.Start.AddDays(30);
        var before = Served(repository);

        Assert.Equal(66, (await RunAsync(repository)).Code);
        Assert.Equal(before, Served(repository));
    }

    [Fact]
    public async Task Links_and_strange_files_are_left_alone()
    {
        using var repository = await TwiceAsync();
        var strange = Path.Combine(repository.Workspace.Targets, "notes.txt");
        File.WriteAllText(strange, "whose?");
        Age(strange, 0);
        var outside = repository.TextFile("outside", "not ours");
        var link = Path.Combine(repository.Workspace.Targets, new string('a', 64) + ".link");
        File.CreateSymbolicLink(link, outside);
        Directory.CreateSymbolicLink(Path.Combine(repository.Workspace.Targets, "elsewhere"), repository.Of("."));
        repository.Time.Now = TestRepository.Start.AddDays(30);

        var half = Path.Combine(repository.Workspace.Metadata, ".2.targets.json.abc.tmp");
        File.WriteAllText(half, "{");
        Age(half, 0);

        // What a killed writer left goes when the lock is taken, and is not counted.
        Assert.Equal(3, Count(await RunAsync(repository)));
        Assert.False(File.Exists(half));
        Assert.All((string[])[strange, outside, link], file => Assert.True(File.Exists(file), file));
    }

    [Fact]
    public async Task Killed_anywhere_it_leaves_a_whole_repository_and_the_next_run_goes_on()
    {
        using var repository = await TwiceAsync();
        repository.Time.Now = TestRepository.Start.AddDays(30);
        var files = (await RunAsync(repository, "--dry-run"))
            .Json.GetProperty("files")
            .EnumerateArray()
            .Select(file => file.GetString()!)
            .ToArray();
        // A reader of the old snapshot finds it gone first, not what it names.
        Assert.Equal("metadata/1.snapshot.json", files[0]);
        foreach (var (file, left) in files.Select((file, i) => (file, files.Length - i - 1)))
        {
            File.Delete(Path.Combine(repository.Path, file));

            string[] at = ["--at", "2026-12-01T12:00:00Z"];
            await repository.MustAsync(["repo", "verify", repository.Path, "--targets"], at);
            Assert.Equal(left, Count(await RunAsync(repository, "--dry-run")));
        }
    }

    [Fact]
    public async Task Of_delegated_roles_the_version_that_the_snapshot_names_stays_whoever_delegates_to_it()
    {
        using var repository = await TestRepository.CreateAsync();
        foreach (var role in (string[])["apps", "former"])
        {
            await repository.DelegateAsync(role, "--paths", $"{role}/*");
        }

        await repository.MustAsync(repository.PublishRoles("apps", "former"));
        await repository.MustAsync(["delegation", "remove", repository.Path, "former"]);
        await repository.MustAsync(repository.PublishRoles("apps"), ["--renew", "apps"]);
        AgeAll(repository, 0);
        repository.Time.Now = TestRepository.Start.AddDays(30);

        await RunAsync(repository);

        Assert.False(File.Exists(repository.Workspace.Versioned("apps", 1)));
        Assert.True(File.Exists(repository.Workspace.Versioned("apps", 2)));
        Assert.True(File.Exists(repository.Workspace.Versioned("former", 1)));
    }

    /// <summary>hello.txt on day 0, other.txt in its place on day 10.</summary>
    private static async Task<TestRepository> TwiceAsync(bool copyFirst = false)
    {
        var repository = await TestRepository.CreateAsync();
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "hello.txt"]
        );
        await repository.MustAsync(repository.PublishArguments());
        AgeAll(repository, 0);
        if (copyFirst)
        {
            File.Copy(repository.Workspace.Timestamp, repository.Of("first-timestamp"));
        }

        repository.Time.Now = TestRepository.Start.AddDays(10);
        await repository.MustAsync(["target", "remove", repository.Path, "hello.txt"]);
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("other.txt", "other\n")],
            ["--name", "other.txt"]
        );
        var old = Served(repository);
        await repository.MustAsync(repository.PublishArguments());
        foreach (var path in Served(repository).Except(old))
        {
            Age(Path.Combine(repository.Path, path), 10);
        }

        return repository;
    }

    private static void AgeAll(TestRepository repository, int day)
    {
        foreach (var path in Served(repository))
        {
            Age(Path.Combine(repository.Path, path), day);
        }
    }

    private static void Age(string path, int day) =>
        File.SetLastWriteTimeUtc(path, TestRepository.Start.AddDays(day).UtcDateTime);

    private static Task<ToolResult> RunAsync(TestRepository repository, params string[] more) =>
        repository.RunAsync(["repo", "collect-garbage", repository.Path, "--json", .. more]);

    private static int Count(ToolResult result) => result.Json.GetProperty("files").GetArrayLength();

    private static SortedSet<string> Served(TestRepository repository) =>
        new(
            ((string[])[repository.Workspace.Metadata, repository.Workspace.Targets])
                .SelectMany(d => Directory.EnumerateFiles(d, "*", SearchOption.AllDirectories))
                .Select(path => Path.GetRelativePath(repository.Path, path)),
            StringComparer.Ordinal
        );
}
