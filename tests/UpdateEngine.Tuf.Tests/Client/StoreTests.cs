using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class StoreTests : TufClientTestBase
{
    [Fact]
    public async Task A_root_json_that_cannot_be_written_keeps_nobody_from_what_is_trusted()
    {
        await RefreshAfterRestartAsync();
        File.Delete(Directory["root.json"]);
        System.IO.Directory.CreateDirectory(Directory["root.json"]);
        Assert.Equal(1, (await LoadAfterRestartAsync()).TimestampVersion);
        Repository.PublishNextRoot();
        await Assert.ThrowsAsync<StoreFailedException>(RefreshAfterRestartAsync);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task A_pipe_in_the_place_of_a_file_is_replaced_by_the_next_refresh(string role)
    {
        await RefreshAfterRestartAsync();
        var file = Directory[$"{role}.json"];
        File.Delete(file);
        NamedPipe.Make(file);
        var error = await Assert.ThrowsAsync<StoreCorruptException>(LoadAfterRestartAsync);
        Assert.Contains(file, error.Message, StringComparison.Ordinal);
        await RefreshAfterRestartAsync();
        Assert.Equal(1, (await LoadAfterRestartAsync()).TimestampVersion);
    }

    [Fact]
    public async Task Roles_whose_names_are_too_long_for_files_are_kept_apart()
    {
        var names = new[] { new string('r', 240), new string('r', 241), string.Concat(Enumerable.Repeat("役", 90)) };
        foreach (var name in names)
        {
            Repository.Delegate("targets", name, [$"{name.Length}/*"]);
            Repository.AddTarget($"{name.Length}/t", [(byte)name.Length], name);
        }

        Repository.PublishDelegations();
        var client = Restart();
        await client.RefreshAsync(default);
        foreach (var name in names)
        {
            Assert.NotNull(await client.FindTargetAsync(new TargetName($"{name.Length}/t"), default));
        }

        Repository.Requests.Clear();
        client = Restart();
        await client.LoadTrustedAsync(default);
        foreach (var name in names)
        {
            Assert.NotNull(await client.FindTargetAsync(new TargetName($"{name.Length}/t"), default));
        }

        Assert.Empty(Repository.Requests);
    }

    [Fact]
    public async Task A_store_is_used_offline_after_a_restart()
    {
        Repository.AddTarget("t", [1]);
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        Repository.Requests.Clear();
        var client = Restart();
        await client.LoadTrustedAsync(default);
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));
        Assert.Empty(Repository.Requests);
    }

    [Fact]
    public Task An_empty_store_cannot_be_used_offline() => Assert.ThrowsAsync<NotFoundException>(LoadAfterRestartAsync);

    [Theory]
    [InlineData("root")]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task A_store_with_one_expired_role_cannot_be_used_offline(string role)
    {
        var document = role switch
        {
            "root" => Repository.Root,
            "timestamp" => Repository.Timestamp,
            "snapshot" => Repository.Snapshot,
            _ => Repository.Targets,
        };
        document.SetExpires(Time.GetUtcNow().AddDays(1));
        Repository.PublishNextRoot();
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(role, (await Assert.ThrowsAsync<ExpiredException>(LoadAfterRestartAsync)).Subject);
    }

    [Fact]
    public async Task A_store_can_be_judged_at_another_time()
    {
        Repository.AddTarget("t", [1]);
        Repository.Timestamp.SetExpires(Time.GetUtcNow().AddDays(2));
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        var then = Time.GetUtcNow().AddDays(1);
        Time.Advance(TimeSpan.FromDays(3));

        var client = Restart();
        await Assert.ThrowsAsync<ExpiredException>(() => client.LoadTrustedAsync(default));
        var loaded = await client.LoadTrustedAsync(default, then);
        Assert.Equal(Stored("timestamp"), loaded.TimestampVersion);
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));

        var late = await Assert.ThrowsAsync<ExpiredException>(() => client.LoadTrustedAsync(default, then.AddDays(1)));
        Assert.Equal("timestamp", late.Subject);
    }

    [Fact]
    public async Task Offline_too_a_clock_below_its_floor_is_said()
    {
        await RefreshAfterRestartAsync();
        var client = TufClient.Open(Options with { ClockFloor = Time.GetUtcNow().AddHours(1) });
        var warning = Assert.Single((await client.LoadTrustedAsync(default)).Warnings);
        Assert.StartsWith("clock: ", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_is_read_while_somebody_refreshes_it()
    {
        await RefreshAfterRestartAsync();
        using var refreshing = await StoreLock.AcquireAsync(Directory.Path, Time, default);
        await LoadAfterRestartAsync();
    }

    [Fact]
    public async Task A_store_that_is_half_written_is_read_when_its_refresh_has_ended()
    {
        await RefreshAfterRestartAsync();
        var old = File.ReadAllBytes(Directory["snapshot.json"]);
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        var whole = File.ReadAllBytes(Directory["snapshot.json"]);
        // As after the first write of a refresh: the timestamp announces what is not there yet.
        File.WriteAllBytes(Directory["snapshot.json"], old);
        Task<RefreshResult> reader;
        using (await StoreLock.AcquireAsync(Directory.Path, Time, default))
        {
            reader = LoadAfterRestartAsync();
            Assert.False(reader.IsCompleted);
            File.WriteAllBytes(Directory["snapshot.json"], whole);
        }

        while (!reader.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.Equal(Stored("snapshot"), (await reader).SnapshotVersion);
    }

    [Theory]
    [InlineData("timestamp", "")]
    [InlineData("snapshot", "{")]
    [InlineData("targets", "null")]
    [InlineData("timestamp", "{\"signed\":{},\"signatures\":[]}")]
    public async Task A_damaged_file_is_named_offline_and_replaced_by_the_next_refresh(string role, string content)
    {
        await RefreshAfterRestartAsync();
        File.WriteAllText(Directory[$"{role}.json"], content);
        var error = await Assert.ThrowsAsync<StoreCorruptException>(LoadAfterRestartAsync);
        Assert.Equal(Directory[$"{role}.json"], error.Subject);
        var result = await RefreshAfterRestartAsync();
        // What is forgotten with the file is said; targets has no memory of its own.
        Assert.Equal(role is "targets" ? 0 : 1, result.Warnings.Count);
        await LoadAfterRestartAsync();
    }

    [Fact]
    public async Task A_lost_timestamp_does_not_open_the_way_to_an_older_snapshot()
    {
        Repository.PublishNextSnapshot();
        await RefreshAfterRestartAsync();
        File.Delete(Directory["timestamp.json"]);
        Repository.Snapshot.SetVersion(1);
        Repository.PublishSnapshot();
        Repository.PublishNextTimestamp();
        Assert.Equal("snapshot", (await RefusedAsync<RollbackException>()).Subject);
    }

    [Fact]
    public async Task A_stored_snapshot_of_the_announced_version_but_another_digest_is_fetched_again()
    {
        await RefreshAfterRestartAsync();
        Repository.WithDigests = true;
        Repository.Snapshot.SetExpires(Repository.Expires.AddDays(1));
        Repository.PublishSnapshot();
        Repository.PublishNextTimestamp();
        await RefreshAfterRestartAsync();
        Assert.Equal(Repository.Files["metadata/1.snapshot.json"], File.ReadAllBytes(Directory["snapshot.json"]));
    }

    [Fact]
    [Trait("flaw", "CVE-2026-6968")]
    public async Task A_link_in_place_of_a_file_is_replaced_and_not_written_through()
    {
        using var elsewhere = new TemporaryDirectory();
        await RefreshAfterRestartAsync();
        foreach (var role in (string[])["timestamp", "snapshot", "targets"])
        {
            File.Move(Directory[$"{role}.json"], elsewhere[role]);
            File.CreateSymbolicLink(Directory[$"{role}.json"], elsewhere[role]);
        }

        var before = File.ReadAllBytes(elsewhere["targets"]);
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        Assert.Equal(before, File.ReadAllBytes(elsewhere["targets"]));
        Assert.Null(new FileInfo(Directory["targets.json"]).LinkTarget);
        Assert.Equal(2, Stored("targets"));
    }

    [Fact]
    public async Task An_oversized_file_is_not_read()
    {
        await RefreshAfterRestartAsync();
        using (var file = File.OpenWrite(Directory["timestamp.json"]))
        {
            file.SetLength(1L << 40);
        }

        Assert.Single((await RefreshAfterRestartAsync()).Warnings);
    }

    [Fact]
    public void A_store_that_cannot_be_written_is_an_error_of_ours()
    {
        File.WriteAllText(Directory["file"], "");
        Assert.Throws<StoreFailedException>(() =>
            TufClient.Open(Options with { MetadataDirectory = Directory["file"] })
        );
    }

    [Fact]
    public async Task Nothing_but_metadata_lies_in_the_directory_after_many_refreshes()
    {
        for (var i = 0; i < 3; i++)
        {
            Repository.PublishNext();
            await RefreshAfterRestartAsync();
        }

        Assert.All(Directory.Files(), file => Assert.EndsWith(".json", file, StringComparison.Ordinal));
    }
}
