using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class SyncTests
{
    private const string Variable = "REPO_TOOLS_TEST_AUTHORIZATION";

    [Fact]
    public async Task A_store_gets_everything_in_order_and_timestamp_last()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var store = await DavServer.StartAsync();
        using var secret = new EnvironmentValue(Variable, DavServer.Authorization);

        var result = await repository.MustAsync(Sync(repository, store));

        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(store.Files));
        var puts = store.Log.Where(line => line.StartsWith("PUT", StringComparison.Ordinal)).ToArray();
        Assert.All(puts, line => Assert.EndsWith(" 201", line, StringComparison.Ordinal));
        Assert.Equal(
            [
                "targets",
                "targets",
                "targets",
                "metadata/1.targets.json",
                "metadata/1.snapshot.json",
                "metadata/1.root.json",
                "metadata/timestamp.json",
            ],
            puts.Select(line => line.Split(' ')[1][1..])
                .Select(path => path.StartsWith("targets/", StringComparison.Ordinal) ? "targets" : path)
        );
        // Each is read back before the timestamp goes.
        Assert.All(
            puts[..^1],
            put =>
                Assert.True(
                    store
                        .Log.ToList()
                        .IndexOf(
                            put.Replace("PUT", "GET", StringComparison.Ordinal)
                                .Replace("201", "200", StringComparison.Ordinal)
                        ) < store.Log.ToList().IndexOf(puts[^1])
                )
        );
        Assert.Equal(3, result.Json.GetProperty("copied").GetInt32());
    }

    [Fact]
    public async Task What_is_there_already_is_not_sent_again()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var store = await DavServer.StartAsync();
        using var secret = new EnvironmentValue(Variable, DavServer.Authorization);
        await repository.MustAsync(Sync(repository, store));
        var first = store.Log.Count;

        await repository.MustAsync(Sync(repository, store));
        Assert.DoesNotContain(store.Log.Skip(first), line => line.StartsWith("PUT", StringComparison.Ordinal));

        await CloneTests.PublishAsync(repository, "1.3.0");
        var dry = await repository.MustAsync(Sync(repository, store), ["--dry-run"]);
        Assert.Equal(3, dry.Json.GetProperty("copied").GetInt32());
        Assert.DoesNotContain(store.Log.Skip(first), line => line.StartsWith("PUT", StringComparison.Ordinal));
        await repository.MustAsync(Sync(repository, store));
        Assert.Equal(6, store.Log.Skip(first).Count(line => line.StartsWith("PUT", StringComparison.Ordinal)));
        Assert.Equal("1.2.0 1.3.0", string.Join(' ', await CloneTests.HostReadsAsync(repository, store.Files)));
    }

    [Fact]
    public async Task A_server_of_a_house_s_own_authority_is_trusted_where_that_is_named_and_only_there()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var store = await DavServer.StartAsync(tls: true);
        var file = repository.Of("authorization");
        File.WriteAllText(file, DavServer.Authorization + "\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        string[] args = ["repo", "sync", repository.Path, store.Url, "--authorization", file];

        var result = await repository.MustAsync(args, ["--ca-file", store.Certificate]);
        var clone = await repository.MustAsync(
            ["repo", "clone", store.Url, repository.Of("mirror"), "--trust", repository.RootFile],
            ["--ca-file", store.Certificate]
        );

        Assert.DoesNotContain("Warning", result.Error, StringComparison.Ordinal);
        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(store.Files));
        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(repository.Of("mirror")));
        Assert.Contains(store.Url, clone.Out, StringComparison.Ordinal);
        var stranger = await repository.RunAsync([.. args, "--ca-file", repository.Key("root")]);
        Assert.Equal(64, stranger.Code);
    }

    [Fact]
    public async Task Without_the_secret_the_server_refuses_and_the_error_says_where_it_goes()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var store = await DavServer.StartAsync();

        var result = await repository.RunAsync("repo", "sync", repository.Path, store.Url);

        Assert.Equal(69, result.Code);
        Assert.Contains("answers 401 to PUT", result.Error, StringComparison.Ordinal);
        Assert.Contains("--authorization", result.Error, StringComparison.Ordinal);
        Assert.Empty(FileTree.Of(store.Files));
    }

    [Theory]
    [InlineData("http://store.example.org/", "--authorization env:REPO_TOOLS_TEST_AUTHORIZATION", "https://")]
    [InlineData("https://user:secret@store.example.org/", "", "--authorization")]
    [InlineData("ftp://store.example.org/", "", "neither a directory")]
    [InlineData("https://store.example.org/", "--authorization env:REPO_TOOLS_TEST_NOTHING", "no variable")]
    [InlineData("https://store.example.org/", "--plan", "--plan")]
    [InlineData("", "", "DESTINATION")]
    public async Task A_secret_that_others_could_read_is_never_sent(string destination, string more, string said)
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var secret = new EnvironmentValue(Variable, DavServer.Authorization);
        string[] rest = [.. $"{destination} {more}".Split(' ', StringSplitOptions.RemoveEmptyEntries)];

        var result = await repository.RunAsync(["repo", "sync", repository.Path, .. rest]);

        Assert.Equal(64, result.Code);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("user:secret", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_is_not_what_was_signed_never_arrives()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var store = await DavServer.StartAsync();
        using var secret = new EnvironmentValue(Variable, DavServer.Authorization);
        var target = Directory.EnumerateFiles(repository.Workspace.Targets, "*root.img.zst").Single();
        var bytes = File.ReadAllBytes(target);
        bytes[^1] ^= 1;
        File.WriteAllBytes(target, bytes);

        var result = await repository.RunAsync(Sync(repository, store));

        Assert.Equal(65, result.Code);
        var there = FileTree.Of(store.Files).Keys;
        Assert.DoesNotContain(there, path => path.EndsWith("root.img.zst", StringComparison.Ordinal));
        Assert.DoesNotContain("metadata/timestamp.json", there);
    }

    [Fact]
    public async Task A_store_that_is_newer_or_was_signed_by_another_publisher_is_left_alone()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        await Tool.WitnessAsync("cp", "-r", repository.Path, repository.Of("twin"));
        await repository.MustAsync(["repo", "sync", repository.Path, repository.Of("www")]);
        // A twin, who has the keys too, publishes something else under the same versions.
        await CloneTests.PublishAsync(repository, "1.3.0");
        var other = repository.PublishArguments();
        other[1] = repository.Of("twin");
        await repository.MustAsync(other);
        await repository.MustAsync(["repo", "sync", repository.Path, repository.Of("www")]);
        var before = FileTree.Of(repository.Of("www"));

        var fork = await repository.RunAsync("repo", "sync", repository.Of("twin"), repository.Of("www"));
        await CloneTests.PublishAsync(repository, "1.4.0");
        await repository.MustAsync(["repo", "sync", repository.Path, repository.Of("www2")]);
        var back = await repository.RunAsync("repo", "sync", repository.Of("twin"), repository.Of("www2"));

        Assert.Equal((76, 76), (fork.Code, back.Code));
        Assert.Contains("of the same version", fork.Error, StringComparison.Ordinal);
        Assert.Contains("timestamp version 3; here it is 2", back.Error, StringComparison.Ordinal);
        Assert.Equal(before, FileTree.Of(repository.Of("www")));
    }

    [Fact]
    public async Task At_each_request_a_host_finds_the_whole_old_repository_or_the_whole_new_one()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        await repository.MustAsync(["repo", "sync", repository.Path, repository.Of("www")]);
        await CloneTests.PublishAsync(repository, "1.3.0");
        var seen = new List<string>();
        using var store = new WatchedSource(
            repository.Of("www"),
            _ => seen.Add(string.Join(' ', CloneTests.HostReadsAsync(repository, "www").Result))
        );

        await repository.MustAsync(["repo", "sync", repository.Path, store.Url]);

        Assert.Equal("1.2.0", seen[0]);
        Assert.Equal("1.2.0 1.3.0", seen[^1]);
        // The last request reads the timestamp back, and the one before has put it.
        Assert.All(seen[..^1], versions => Assert.Equal("1.2.0", versions));
        Assert.Equal(seen.Count, store.Asked.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Killed_at_any_upload_it_has_left_the_old_repository_and_the_next_run_completes_it(int put)
    {
        using var repository = await TestRepository.CreateAsync(now: TimeProvider.System.GetUtcNow());
        await CloneTests.PublishAsync(repository, "1.2.0");
        await repository.MustAsync(["repo", "sync", repository.Path, repository.Of("www")]);
        await CloneTests.PublishAsync(repository, "1.3.0");
        using var sync = new System.Diagnostics.Process();
        var puts = 0;
        using var store = new WatchedSource(repository.Of("www"))
        {
            Putting = _ =>
            {
                if (++puts == put)
                {
                    sync.Kill();
                    sync.WaitForExit();
                }
            },
        };
        sync.StartInfo = new System.Diagnostics.ProcessStartInfo(
            Tool.Program,
            ["repo", "sync", repository.Path, store.Url]
        )
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        sync.Start();
        await sync.WaitForExitAsync();

        Assert.Equal(128 + 9, sync.ExitCode);
        var seen = string.Join(' ', await CloneTests.HostReadsAsync(repository, "www"));
        // The last one is the timestamp, which the server may have taken whole from somebody who is dead by then.
        Assert.True(seen is "1.2.0" || (put == 6 && seen is "1.2.0 1.3.0"), seen);
        await repository.MustAsync(["repo", "sync", repository.Path, store.Url]);
        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(repository.Of("www")));
    }

    [Fact]
    public async Task A_store_that_does_not_keep_what_it_gets_is_found_out_before_the_timestamp_goes()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        using var store = new WatchedSource(repository.Of("www")) { Damages = "1.snapshot.json" };

        var result = await repository.RunAsync("repo", "sync", repository.Path, store.Url);

        Assert.Equal(65, result.Code);
        Assert.Contains("1.snapshot.json is not what was written there", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("metadata/timestamp.json", FileTree.Of(repository.Of("www")).Keys);
    }

    [Fact]
    public async Task A_plan_has_the_order_types_and_lifetimes_and_an_upload_by_it_is_the_repository()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");

        var text = await repository.MustAsync(["repo", "sync", repository.Path, "--plan"]);
        var json = await repository.MustAsync(["repo", "sync", repository.Path, "--plan", "--json"]);

        var lines = text.Out.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')).ToArray();
        Assert.Equal(FileTree.Served(repository.Path).Select(f => f.Key).Order(), lines.Select(l => l[0]).Order());
        Assert.Equal(["metadata/timestamp.json", "application/json", "no-cache"], lines[^1]);
        Assert.All(lines[..^1], line => Assert.Contains("immutable", line[2], StringComparison.Ordinal));
        Assert.Equal(
            [1, 1, 1, 2, 3, 4, 5],
            json.Json.GetProperty("uploads").EnumerateArray().Select(u => u.GetProperty("step").GetInt32())
        );
    }

    [Fact]
    public async Task A_plan_that_may_skip_what_is_missing_names_what_is_there()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        var gone = Directory.EnumerateFiles(repository.Workspace.Targets, "*-root.img.zst").Single();
        var name = Path.GetFileName(gone)[65..];
        File.Delete(gone);
        string[] args = ["repo", "sync", repository.Path, "--plan", "--skip-missing"];

        var text = await repository.MustAsync(args);
        var json = await repository.MustAsync(args, ["--json"]);

        var lines = text.Out.TrimEnd('\n').Split('\n').Select(line => line.Split('\t')[0]);
        Assert.Equal(FileTree.Served(repository.Path).Select(f => f.Key).Order(), lines.Order());
        Assert.Contains($"1 targets were not there to be copied: {name}.", text.Error, StringComparison.Ordinal);
        Assert.Contains(name, json.Json.GetProperty("left_out")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_refuses_a_target_that_the_source_does_not_have_and_skips_it_where_asked_to()
    {
        using var repository = await CloneTests.PublishedAsync("1.2.0");
        File.Delete(Directory.EnumerateFiles(repository.Workspace.Targets, "*-root.img.zst").Single());
        string[] args = ["repo", "sync", repository.Path, repository.Of("www")];

        var dry = await repository.RunAsync([.. args, "--dry-run"]);
        var skipped = await repository.MustAsync(args, ["--dry-run", "--skip-missing"]);
        var real = await repository.RunAsync(args);

        Assert.Equal(66, real.Code);
        Assert.Equal((real.Code, real.Error), (dry.Code, dry.Error));
        Assert.Contains("1 targets were not there", skipped.Out, StringComparison.Ordinal);
    }

    private static string[] Sync(TestRepository repository, DavServer store) =>
        ["repo", "sync", repository.Path, store.Url, "--authorization", $"env:{Variable}", "--json"];
}
