using RepoTools.Tests.Simulators;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace RepoTools.Tests;

public sealed class TransferTests
{
    [Fact]
    public async Task Everything_is_there_under_the_new_root_and_versions_go_on()
    {
        using var repository = await PublishedAsync();
        var root = await NewRootAsync(repository, 2);

        var result = await repository.MustAsync(Transfer(repository, root), ["--json"]);

        var versions = result.Json.GetProperty("versions");
        Assert.Equal(
            (3, 3, 3),
            (
                versions.GetProperty("targets").GetInt32(),
                versions.GetProperty("snapshot").GetInt32(),
                versions.GetProperty("timestamp").GetInt32()
            )
        );
        Assert.Equal("1.2.0", await HostReadsAsync(repository, root, "fresh"));
        // What the old keys have signed does not stay, but for the role whose keys are its own.
        Assert.Equal(
            ["1.apps.json", "2.root.json", "3.snapshot.json", "3.targets.json", "timestamp.json"],
            Directory.EnumerateFiles(repository.Of("new/metadata")).Select(Path.GetFileName).Order()
        );
        Assert.Equal(
            File.ReadAllBytes(Path.Combine(repository.Path, "metadata/1.apps.json")),
            File.ReadAllBytes(repository.Of("new/metadata/1.apps.json"))
        );
        Assert.False(File.Exists(repository.Of("new/trust/carried.json")));
    }

    [Fact]
    public async Task A_host_that_keeps_its_state_and_gets_the_new_anchor_sees_no_step_back()
    {
        using var repository = await PublishedAsync();
        await repository.ReadAsHostAsync("state");
        var root = await NewRootAsync(repository, 2);
        await repository.MustAsync(Transfer(repository, root));

        await Assert.ThrowsAnyAsync<TufException>(() => repository.ReadAsHostAsync("state", repository.Of("new")));
        Assert.Equal("1.2.0", await HostReadsAsync(repository, root, "state"));
    }

    [Fact]
    public async Task A_root_whose_version_would_be_a_step_back_is_refused_and_the_error_has_the_command()
    {
        using var repository = await PublishedAsync();
        var root = await NewRootAsync(repository, 1);

        var refused = await repository.RunAsync(Transfer(repository, root));

        Assert.Equal(76, refused.Code);
        Assert.Contains($"root set-version {root} 2", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(repository.Of("new")));
        await repository.MustAsync(Transfer(repository, root), ["--force"]);
    }

    [Fact]
    public async Task A_root_that_hosts_would_follow_anyway_is_a_rotation()
    {
        using var repository = await PublishedAsync();
        await NewRootAsync(repository, 2);
        var next = repository.Of("root-2.json");
        await repository.MustAsync(["root", "bump", repository.RootFile, "--out", next]);
        await repository.SignRootAsync(next);

        var refused = await repository.RunAsync(Transfer(repository, next));

        Assert.Equal(76, refused.Code);
        Assert.Contains("root publish", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_expired_long_ago_is_taken_over_and_roles_that_only_others_can_renew_are_named()
    {
        using var repository = await PublishedAsync();
        repository.Time.Now += TimeSpan.FromDays(500);
        var root = await NewRootAsync(repository, 2);

        var result = await repository.MustAsync(Transfer(repository, root));

        Assert.Contains("The delegated role apps has expired", result.Out, StringComparison.Ordinal);
        Assert.Equal("1.2.0", await HostReadsAsync(repository, root, "fresh"));
    }

    [Theory]
    [InlineData("metadata/2.targets.json")]
    [InlineData("metadata/1.apps.json")]
    [InlineData("targets")]
    public async Task What_somebody_changed_is_not_signed_anew(string file)
    {
        using var repository = await PublishedAsync();
        var root = await NewRootAsync(repository, 2);
        var path = Path.Combine(repository.Path, file);
        path = Directory.Exists(path) ? Directory.EnumerateFiles(path, "*root*").Single() : path;
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        var result = await repository.RunAsync(Transfer(repository, root));

        Assert.Equal(65, result.Code);
        Assert.False(File.Exists(repository.Of("new/metadata/timestamp.json")));
    }

    [Fact]
    public async Task A_wrong_key_and_a_dry_run_write_nothing_and_a_repository_that_is_there_stays()
    {
        using var repository = await PublishedAsync();
        var root = await NewRootAsync(repository, 2);
        var arguments = Transfer(repository, root);

        var wrong = await repository.RunAsync([
            .. arguments.Select(a => a == repository.Key("new-snapshot") ? repository.Key("snapshot") : a),
        ]);
        var dry = await repository.MustAsync(arguments, ["--dry-run"]);
        Assert.Equal(65, wrong.Code);
        Assert.Contains("This was a dry run", dry.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(repository.Of("new")));

        await repository.MustAsync(arguments);
        var before = FileTree.Of(repository.Of("new"));
        var again = await repository.RunAsync(arguments);
        Assert.Equal(76, again.Code);
        Assert.Equal(before, FileTree.Of(repository.Of("new")));
    }

    [Theory]
    [InlineData("targets", 1)]
    [InlineData("trust", 2)]
    [InlineData("metadata", 2)]
    [InlineData("metadata", 4)]
    [InlineData("metadata", 5)]
    [InlineData("metadata", 6)]
    public async Task Killed_anywhere_it_is_completed_by_the_next_run(string directory, int flush)
    {
        using var repository = await PublishedAsync(TimeProvider.System.GetUtcNow());
        var root = await NewRootAsync(repository, 2);

        await Strace.KillAtFlushAsync(repository.Of($"new/{directory}"), flush, Transfer(repository, root));

        await repository.MustAsync(Transfer(repository, root));
        Assert.Equal("1.2.0", await HostReadsAsync(repository, root, "fresh"));
    }

    /// <summary>Two publications, a delegated role among them.</summary>
    private static async Task<TestRepository> PublishedAsync(DateTimeOffset? now = null)
    {
        var repository = await TestRepository.CreateAsync(now: now);
        await CloneTests.PublishAsync(repository, "1.2.0");
        await repository.PublishAppsAsync();
        return repository;
    }

    /// <summary>A root of other keys, which have nothing to do with the old ones.</summary>
    private static async Task<string> NewRootAsync(TestRepository repository, int version)
    {
        foreach (var name in (string[])["root", "targets", "snapshot", "timestamp"])
        {
            repository.NewKey($"new-{name}");
        }

        var root = repository.Of("new-root.json");
        await repository.MustAsync(
            ["root", "create", "--out", root, "--root-key", repository.Key("new-root")],
            ["--targets-key", repository.Key("new-targets"), "--snapshot-key", repository.Key("new-snapshot")],
            ["--timestamp-key", repository.Key("new-timestamp")]
        );
        if (version > 1)
        {
            await repository.MustAsync(["root", "set-version", root, $"{version}"]);
        }

        await repository.MustAsync(["root", "sign", root, "--key", repository.Key("new-root")]);
        return root;
    }

    private static string[] Transfer(TestRepository repository, string root) =>
        [
            .. (string[])["repo", "transfer", repository.Path, repository.Of("new"), "--root", root],
            .. (string[])["--targets-key", repository.Key("new-targets")],
            .. (string[])["--snapshot-key", repository.Key("new-snapshot")],
            .. (string[])["--timestamp-key", repository.Key("new-timestamp")],
        ];

    private static async Task<string> HostReadsAsync(TestRepository repository, string anchor, string store)
    {
        var (_, manifest) = await repository.ReadAsHostAsync(store, repository.Of("new"), anchor);
        return string.Join(' ', manifest!.Updates.Select(update => update.Version));
    }
}
