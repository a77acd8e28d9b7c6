using System.Net;
using RepoTools.Serving;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace RepoTools.Tests;

public sealed class CloneTests
{
    [Fact]
    public async Task A_copy_is_the_served_files_byte_for_byte_and_so_is_a_copy_of_it()
    {
        using var repository = await PublishedAsync("1.2.0");
        await using var server = await ServeAsync(repository);

        var first = await CloneAsync(repository, server.Url, "mirror");
        await CloneAsync(repository, repository.Of("mirror"), "mirror2");

        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(repository.Of("mirror")));
        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(repository.Of("mirror2")));
        Assert.Equal(3, first.Json.GetProperty("copied").GetInt32());
        Assert.Equal(4, first.Json.GetProperty("metadata").GetInt32());
        Assert.Equal(0, first.Json.GetProperty("left_out").GetArrayLength());
        Assert.Equal("1.2.0", (await HostReadsAsync(repository, "mirror2")).Single());
    }

    [Fact]
    public async Task An_update_fetches_only_what_changed_and_needs_the_trust_no_more()
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "mirror");
        await repository.AddAsync("1.3.0");
        await repository.MustAsync(repository.PublishArguments());
        using var source = new WatchedSource(repository.Path);

        var update = await repository.MustAsync(["repo", "mirror", source.Url, repository.Of("mirror"), "--json"]);
        var asked = source.Asked.Count(path => path.StartsWith("targets/", StringComparison.Ordinal));
        var again = await repository.MustAsync(["repo", "mirror", source.Url, repository.Of("mirror"), "--json"]);

        // Two images and the manifest; targets, snapshot and timestamp.
        Assert.Equal(3, update.Json.GetProperty("copied").GetInt32());
        Assert.Equal(3, asked);
        Assert.Equal(3, update.Json.GetProperty("metadata").GetInt32());
        Assert.Equal(0, again.Json.GetProperty("copied").GetInt32());
        Assert.Equal(0, again.Json.GetProperty("metadata").GetInt32());
        Assert.Equal(["1.2.0", "1.3.0"], await HostReadsAsync(repository, "mirror"));
        Assert.False(Directory.Exists(repository.Of("mirror/incoming")));
    }

    [Fact]
    public async Task Delegated_roles_and_every_root_come_along()
    {
        using var repository = await PublishedAsync("1.2.0");
        await repository.PublishAppsAsync();
        var root2 = await NextRootAsync(repository, 2);

        var cloned = await repository.MustAsync([
            "repo",
            "clone",
            repository.Path,
            repository.Of("mirror"),
            "--trust",
            root2,
            "--json",
        ]);

        Assert.Equal(2, cloned.Json.GetProperty("root").GetInt64());
        var mirror = FileTree.Served(repository.Of("mirror")).ToDictionary();
        var served = FileTree.Served(repository.Path).ToDictionary();
        Assert.Contains("metadata/1.root.json", mirror.Keys);
        Assert.Contains("metadata/1.apps.json", mirror.Keys);
        Assert.All(mirror, file => Assert.Equal(served[file.Key], file.Value));
        Assert.Contains(mirror.Keys, path => path.EndsWith("hello.txt", StringComparison.Ordinal));
        // A host whose anchor is the first root still gets there.
        Assert.Equal("1.2.0", (await HostReadsAsync(repository, "mirror")).Single());
    }

    [Fact]
    public async Task A_copy_follows_when_keys_are_rotated_and_the_new_root_comes_just_before_the_timestamp()
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "mirror");
        await CloneAsync(repository, repository.Path, "www");
        await CloneAsync(repository, repository.Path, "old");
        repository.NewKey("timestamp-2");
        var next = repository.Of("root-2.json");
        await repository.MustAsync(
            ["root", "rotate", repository.RootFile, "--old", repository.Key("timestamp"), "--out", next],
            ["--new", repository.Key("timestamp-2")]
        );
        await repository.SignRootAsync(next);
        await repository.MustAsync(["root", "publish", repository.Path, next, "--force"]);
        var arguments = repository.PublishArguments();
        arguments[^1] = repository.Key("timestamp-2");
        await repository.MustAsync(arguments);

        await repository.MustAsync(["repo", "clone", repository.Path, repository.Of("mirror")]);

        Assert.Equal("1.2.0", (await HostReadsAsync(repository, "mirror")).Single());
        Assert.Equal(2, (await repository.ReadAsHostAsync("host", repository.Of("mirror"))).Refresh.RootVersion);
        var puts = new List<string>();
        using var store = new WatchedSource(repository.Of("www")) { Putting = puts.Add };
        await repository.MustAsync(["repo", "sync", repository.Path, store.Url]);
        Assert.Equal(["metadata/2.root.json", "metadata/timestamp.json"], puts[^2..]);
        Assert.Equal("1.2.0", (await HostReadsAsync(repository, "www")).Single());
        // What the former keys have signed is refused from then on.
        Assert.Equal(
            65,
            (await repository.RunAsync("repo", "clone", repository.Of("old"), repository.Of("mirror"))).Code
        );
    }

    [Fact]
    public async Task A_part_has_the_chosen_releases_and_says_what_it_left_out()
    {
        using var repository = await PublishedAsync("1.2.0", "1.3.0", "1.4.0");

        var text = await repository.MustAsync(
            ["repo", "clone", repository.Path, repository.Of("mirror"), "--trust", repository.RootFile],
            ["--release", "1.3.0", "--release", "1.4.0"]
        );

        var images = Directory.EnumerateFiles(repository.Of("mirror/targets")).Select(f => Path.GetFileName(f)![65..]);
        Assert.Equal(5, images.Count());
        Assert.DoesNotContain(images, name => name.Contains("1.2.0", StringComparison.Ordinal));
        Assert.Contains("Releases without their images: demo 1.2.0 (x86_64).", text.Out, StringComparison.Ordinal);
        Assert.Contains("2 targets of", text.Out, StringComparison.Ordinal);

        // The same part of the part; all of it is not to be had.
        string[] part = ["--release", "1.3.0", "--release", "1.4.0"];
        string[] from =
        [
            "repo",
            "clone",
            repository.Of("mirror"),
            repository.Of("mirror2"),
            "--trust",
            repository.RootFile,
        ];
        var all = await repository.RunAsync(from);
        Assert.Equal(66, all.Code);
        Assert.Contains("--skip-missing", all.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(repository.Of("mirror2/metadata/timestamp.json")));
        await repository.MustAsync(from, part);
        Assert.Equal(FileTree.Served(repository.Of("mirror")), FileTree.Served(repository.Of("mirror2")));
        var skipped = await repository.MustAsync([
            .. from[..3],
            repository.Of("mirror3"),
            .. from[4..],
            "--skip-missing",
            "--json",
        ]);
        Assert.Contains("2 targets were not there", skipped.Out, StringComparison.Ordinal);
        Assert.Equal(FileTree.Served(repository.Of("mirror")), FileTree.Served(repository.Of("mirror3")));
    }

    [Fact]
    public async Task Metadata_alone_has_no_targets_and_a_dry_run_has_nothing()
    {
        using var repository = await PublishedAsync("1.2.0");
        string[] args = ["repo", "clone", repository.Path, repository.Of("mirror"), "--trust", repository.RootFile];

        var dry = await repository.MustAsync(args, ["--dry-run"]);
        Assert.Contains("3 of 3 targets would be copied", dry.Out, StringComparison.Ordinal);
        Assert.False(Directory.Exists(repository.Of("mirror")));

        await repository.MustAsync(args, ["--metadata-only"]);
        Assert.Empty(Directory.EnumerateFiles(repository.Of("mirror/targets")));
        Assert.True(File.Exists(repository.Of("mirror/metadata/timestamp.json")));
    }

    [Fact]
    public async Task A_copy_never_goes_back_whatever_the_source_says()
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "old");
        await repository.AddAsync("1.3.0");
        await repository.MustAsync(repository.PublishArguments());
        await CloneAsync(repository, repository.Path, "mirror");
        var before = FileTree.Of(repository.Of("mirror"));

        var back = await repository.RunAsync("repo", "clone", repository.Of("old"), repository.Of("mirror"));

        Assert.Equal(65, back.Code);
        Assert.Contains("version 1", back.Error, StringComparison.Ordinal);
        Assert.Equal(before, FileTree.Of(repository.Of("mirror")));
    }

    [Theory]
    [InlineData("metadata/1.targets.json")]
    [InlineData("metadata/timestamp.json")]
    [InlineData("targets")]
    public async Task What_somebody_changed_at_the_source_never_becomes_visible(string file)
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "mirror");
        await repository.AddAsync("1.3.0");
        await repository.MustAsync(repository.PublishArguments());
        var path = Path.Combine(repository.Path, file.Replace("1.", "2.", StringComparison.Ordinal));
        path = Directory.Exists(path) ? Directory.EnumerateFiles(path, "*1.3.0-root*").Single() : path;
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);

        var result = await repository.RunAsync("repo", "clone", repository.Path, repository.Of("mirror"));

        Assert.Equal(65, result.Code);
        Assert.Equal(["1.2.0"], await HostReadsAsync(repository, "mirror"));
    }

    [Fact]
    public async Task A_file_that_rotted_in_the_copy_is_made_good()
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "mirror");
        var before = FileTree.Of(repository.Of("mirror"));
        foreach (
            var path in (string[])
                [
                    Directory.EnumerateFiles(repository.Of("mirror/targets"), "*root.img.zst").Single(),
                    repository.Of("mirror/metadata/1.targets.json"),
                ]
        )
        {
            var bytes = File.ReadAllBytes(path);
            bytes[bytes.Length / 2] ^= 1;
            File.WriteAllBytes(path, bytes);
        }

        var again = await CloneAsync(repository, repository.Path, "mirror");

        Assert.Equal(1, again.Json.GetProperty("copied").GetInt32());
        Assert.Equal(before, FileTree.Of(repository.Of("mirror")));
    }

    [Fact]
    public async Task Roles_to_which_nobody_delegates_any_more_are_left_out_and_named()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.PublishAppsAsync();
        await repository.MustAsync(["delegation", "remove", repository.Path, "apps"]);
        await repository.MustAsync(repository.PublishArguments());

        var copy = await CloneAsync(repository, repository.Path, "mirror");

        Assert.Contains(
            "1 role(s) to which nobody delegates any more are left out: apps.",
            copy.Out,
            StringComparison.Ordinal
        );
        Assert.False(File.Exists(repository.Of("mirror/metadata/1.apps.json")));
    }

    [Fact]
    public async Task The_trust_that_lies_beside_the_source_counts_for_nothing()
    {
        using var repository = await PublishedAsync("1.2.0");

        var result = await repository.RunAsync("repo", "clone", repository.Path, repository.Of("mirror"));

        Assert.Equal(78, result.Code);
        Assert.False(Directory.Exists(repository.Of("mirror")));
        // What it advises for a first copy is what makes one; of a copy that lost its memory `repo trust` does, too.
        Assert.Contains("--trust FILE", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("repo trust", result.Error, StringComparison.Ordinal);
        string[] again = ["repo", "clone", repository.Path, repository.Of("mirror")];
        await repository.MustAsync(again, ["--trust", repository.RootFile]);
        Directory.Delete(repository.Of("mirror/trust"), recursive: true);
        var forgotten = (await repository.RunAsync(again)).Error;
        Assert.Contains(
            $"`repo-tools repo trust {repository.Of("mirror")} --root FILE`",
            forgotten,
            StringComparison.Ordinal
        );
        await repository.MustAsync(["repo", "trust", repository.Of("mirror"), "--root", repository.RootFile]);
        await repository.MustAsync(again);
    }

    [Fact]
    public async Task A_root_that_is_not_the_sources_leaves_no_trace()
    {
        using var repository = await PublishedAsync("1.2.0");
        using var other = await TestRepository.CreateAsync();

        var result = await repository.RunAsync(
            "repo",
            "clone",
            repository.Path,
            repository.Of("mirror"),
            "--trust",
            other.RootFile
        );

        Assert.Equal(65, result.Code);
        Assert.False(Directory.Exists(repository.Of("mirror")));
    }

    [Fact]
    public async Task Two_at_once_are_refused_as_busy_and_so_is_a_copy_of_itself()
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "mirror");

        using (Publishing.PublisherLock.Take(new Publishing.Workspace(repository.Of("mirror"))))
        {
            var busy = await repository.RunAsync("repo", "clone", repository.Path, repository.Of("mirror"));
            Assert.Equal(75, busy.Code);
        }

        Assert.Equal(64, (await repository.RunAsync("repo", "clone", repository.Path, repository.Path)).Code);
    }

    [Fact]
    public async Task At_each_file_that_appears_a_host_finds_the_whole_old_repository_or_the_whole_new_one()
    {
        using var repository = await PublishedAsync("1.2.0");
        await CloneAsync(repository, repository.Path, "mirror");
        await repository.AddAsync("1.3.0");
        await repository.MustAsync(repository.PublishArguments());
        var seen = new List<string>();
        using var source = new WatchedSource(
            repository.Path,
            path => seen.Add(string.Join(' ', HostReadsAsync(repository, "mirror").Result))
        );

        await repository.MustAsync(["repo", "clone", source.Url, repository.Of("mirror")]);

        Assert.True(seen.Count > 5);
        Assert.All(seen, versions => Assert.Equal("1.2.0", versions));
        Assert.Equal(["1.2.0", "1.3.0"], await HostReadsAsync(repository, "mirror"));
    }

    internal static async Task<TestRepository> PublishedAsync(params string[] versions)
    {
        var repository = await TestRepository.CreateAsync();
        await PublishAsync(repository, versions);
        return repository;
    }

    internal static async Task PublishAsync(TestRepository repository, params string[] versions)
    {
        foreach (var version in versions)
        {
            var added = await repository.AddAsync(version);
            Assert.True(added.Code == 0, added.Error);
        }

        await repository.MustAsync(repository.PublishArguments());
    }

    internal static Task<RepositoryServer> ServeAsync(TestRepository repository) =>
        RepositoryServer.StartAsync(repository.Workspace, new IPEndPoint(IPAddress.Loopback, 0), default);

    private static Task<ToolResult> CloneAsync(TestRepository repository, string source, string directory) =>
        repository.MustAsync([
            "repo",
            "clone",
            source,
            repository.Of(directory),
            "--trust",
            repository.RootFile,
            "--json",
        ]);

    /// <summary>The versions that a host without memory could choose there, every image verified.</summary>
    internal static async Task<IReadOnlyList<string>> HostReadsAsync(TestRepository repository, string directory)
    {
        var (_, manifest) = await repository.ReadAsHostAsync($"store-{Guid.NewGuid()}", repository.Of(directory));
        return [.. manifest!.Updates.Select(update => update.Version.ToString())];
    }

    private static async Task<string> NextRootAsync(TestRepository repository, int version)
    {
        var next = repository.Of($"root-{version}.json");
        await repository.MustAsync(["root", "bump", repository.RootFile, "--out", next]);
        await repository.SignRootAsync(next);
        await repository.MustAsync(["root", "publish", repository.Path, next]);
        return next;
    }
}
