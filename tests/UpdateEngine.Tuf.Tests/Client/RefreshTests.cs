using System.Text;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class RefreshTests : TufClientTestBase
{
    [Fact]
    public async Task The_first_refresh_asks_for_each_role_once_and_keeps_the_bytes_as_received()
    {
        var result = await RefreshAfterRestartAsync();
        Assert.Equal(
            (1L, 1L, 1L, 1L),
            (result.RootVersion, result.TimestampVersion, result.SnapshotVersion, result.TargetsVersion)
        );
        Assert.Empty(result.Warnings);
        Assert.Equal(
            ["metadata/2.root.json", "metadata/timestamp.json", "metadata/1.snapshot.json", "metadata/1.targets.json"],
            Repository.Requests
        );
        Assert.Equal(
            ["root.json", "root_history/1.root.json", "snapshot.json", "targets.json", "timestamp.json"],
            Directory.Files()
        );
        Assert.Equal(Repository.Files["metadata/1.targets.json"], File.ReadAllBytes(Directory["targets.json"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_nothing_new_a_refresh_costs_two_requests(bool digests)
    {
        Repository.WithDigests = digests;
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        Repository.Requests.Clear();
        await RefreshAfterRestartAsync();
        Assert.Equal(["metadata/2.root.json", "metadata/timestamp.json"], Repository.Requests);
    }

    [Fact]
    public async Task Opening_makes_no_request_and_leaves_the_anchor_in_the_store()
    {
        Restart();
        Assert.Empty(Repository.Requests);
        Assert.Equal(["root.json", "root_history/1.root.json"], Directory.Files());
        await RefreshAfterRestartAsync();
    }

    [Fact]
    public async Task An_unsigned_or_foreign_anchor_is_refused_before_anything_is_written_or_asked_for()
    {
        await Task.CompletedTask;
        Repository.Root.ClearSignatures();
        Assert.Throws<ThresholdException>(() =>
            TufClient.Open(Options with { TrustedRoot = Repository.Root.ToBytes() })
        );
        Assert.Throws<MetadataMalformedException>(() =>
            TufClient.Open(Options with { TrustedRoot = Repository.Files["metadata/timestamp.json"] })
        );
        Assert.Empty(Directory.Files());
        Assert.Empty(Repository.Requests);
    }

    [Fact]
    public async Task A_target_is_found_opened_by_its_digest_and_verified()
    {
        var content = Encoding.UTF8.GetBytes("an image");
        Repository.AddTarget("dir/a image+é.zst", content);
        Repository.PublishNext();
        var client = Restart();
        await client.RefreshAsync(default);
        Assert.Null(await client.FindTargetAsync(new TargetName("other"), default));
        var target = (await client.FindTargetAsync(new TargetName("dir/a image+é.zst"), default))!;
        Assert.Equal(content, await client.ReadTargetAsync(target, 100, default));
        Assert.Equal($"targets/dir/{RepositorySimulator.Sha256(content)}.a image+é.zst", Repository.Requests[^1]);
    }

    [Fact]
    public async Task A_target_that_is_too_long_for_the_caller_is_not_asked_for()
    {
        Repository.AddTarget("t", new byte[50]);
        Repository.PublishNext();
        var client = Restart();
        await client.RefreshAsync(default);
        Repository.Requests.Clear();
        await Assert.ThrowsAsync<TooLargeException>(async () =>
            await client.ReadTargetAsync((await client.FindTargetAsync(new TargetName("t"), default))!, 49, default)
        );
        Assert.Empty(Repository.Requests);
    }

    [Fact]
    public async Task A_target_that_the_mirror_lacks_is_not_found()
    {
        Repository.AddTarget("t", new byte[50]);
        Repository.PublishNext();
        foreach (
            var file in Repository.Files.Keys.Where(f => f.StartsWith("targets/", StringComparison.Ordinal)).ToArray()
        )
        {
            Repository.Files.Remove(file);
        }

        var client = Restart();
        await client.RefreshAsync(default);
        await Assert.ThrowsAsync<NotFoundException>(async () =>
            await client.OpenTargetAsync((await client.FindTargetAsync(new TargetName("t"), default))!, default)
        );
    }

    [Fact]
    public async Task Targets_cannot_be_asked_for_before_metadata_is_trusted()
    {
        await Assert.ThrowsAsync<NotFoundException>(() => Restart().FindTargetAsync(new TargetName("t"), default));
    }

    [Fact]
    public async Task A_refused_refresh_leaves_the_client_with_what_it_trusted()
    {
        Repository.AddTarget("t", [1, 2, 3]);
        Repository.PublishNext();
        var client = Restart();
        await client.RefreshAsync(default);
        Repository.PublishNext();
        Repository.Tamper("metadata/timestamp.json", "\"sig\": \"", "\"sig\": \"00");
        await Assert.ThrowsAsync<ThresholdException>(() => client.RefreshAsync(default));
        Assert.NotNull(await client.FindTargetAsync(new TargetName("t"), default));
    }

    [Theory]
    [InlineData("metadata/timestamp.json")]
    [InlineData("metadata/1.snapshot.json")]
    [InlineData("metadata/1.targets.json")]
    public async Task A_missing_role_is_not_found(string file)
    {
        Repository.Files.Remove(file);
        await RefusedAsync<NotFoundException>();
    }

    [Theory]
    [InlineData("metadata/timestamp.json", 16_384)]
    [InlineData("metadata/1.snapshot.json", 2_000_000)]
    [InlineData("metadata/1.targets.json", 5_000_000)]
    [InlineData("metadata/2.root.json", 512_000)]
    public async Task Metadata_is_cut_off_at_its_limit(string file, int limit)
    {
        Repository.Files[file] = new byte[limit + 1];
        Assert.Equal(limit, (await RefusedAsync<TooLargeException>()).Limit);
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Metadata_that_its_announcer_does_not_know_is_refused(string role)
    {
        Repository.WithDigests = true;
        Repository.PublishNext();
        var document = role is "snapshot" ? Repository.Snapshot : Repository.Targets;
        document.Signed["x"] = 1;
        Repository.SignAll(document, role);
        Repository.Files[$"metadata/2.{role}.json"] = document.ToBytes();
        await Assert.ThrowsAnyAsync<TufException>(RefreshAfterRestartAsync);
        Assert.False(File.Exists(Directory[$"{role}.json"]));
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Other_content_of_the_same_length_is_refused(string role)
    {
        Repository.WithDigests = true;
        Repository.PublishNext();
        var document = role is "snapshot" ? Repository.Snapshot : Repository.Targets;
        document.SetExpires(Repository.Expires.AddDays(1));
        Repository.SignAll(document, role);
        Repository.Files[$"metadata/2.{role}.json"] = document.ToBytes();
        var error = await RefusedAsync<LengthOrDigestMismatchException>();
        Assert.Equal(("sha256", role), (error.What, error.Subject));
    }

    [Theory]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Another_version_than_announced_is_refused(string role)
    {
        var document = role is "snapshot" ? Repository.Snapshot : Repository.Targets;
        document.SetVersion(2);
        Repository.SignAll(document, role);
        Repository.Files[$"metadata/1.{role}.json"] = document.ToBytes();
        var error = await RefusedAsync<VersionMismatchException>();
        Assert.Equal((role, 1, 2), (error.Subject, error.Expected, error.Actual));
    }

    [Theory]
    [InlineData("timestamp", "snapshot")]
    [InlineData("1.snapshot", "targets")]
    public async Task One_role_in_place_of_another_is_refused(string file, string other)
    {
        var document = other is "snapshot" ? Repository.Snapshot : Repository.Targets;
        Repository.SignAll(document, file[(file.IndexOf('.', StringComparison.Ordinal) + 1)..]);
        Repository.Files[$"metadata/{file}.json"] = document.ToBytes();
        await RefusedAsync<MetadataMalformedException>();
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("1.snapshot")]
    [InlineData("1.targets")]
    public async Task One_changed_byte_is_refused(string file)
    {
        Repository.Tamper($"metadata/{file}.json", "\"expires\": \"2026-01", "\"expires\": \"2026-02");
        await RefusedAsync<ThresholdException>();
    }
}
