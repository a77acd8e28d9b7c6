using System.Text.Json.Nodes;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>CVE-2022-29173: each check after a restart, from what is on the disk. CVE-2025-2887 and -2888 too.</summary>
public sealed class RollbackTests : TufClientTestBase
{
    [Fact]
    [Trait("flaw", "CVE-2022-29173")]
    public async Task An_older_timestamp_is_refused_and_called_stale_while_it_has_not_expired()
    {
        var old = Repository.Files["metadata/timestamp.json"];
        Repository.PublishNextTimestamp();
        await RefreshAfterRestartAsync();
        Repository.Files["metadata/timestamp.json"] = old;
        var error = await RefusedAsync<RollbackException>();
        Assert.Equal(
            ("timestamp", 2L, 1L, true),
            (error.Subject, error.TrustedVersion, error.OfferedVersion, error.StaleMirror)
        );
        Assert.Equal("tuf-stale-mirror", error.Code);
        Assert.Equal(2, Stored("timestamp"));

        Repository.Timestamp.SetVersion(1);
        Repository.Timestamp.SetExpires(Time.GetUtcNow());
        Repository.PublishTimestamp();
        Assert.False((await RefusedAsync<RollbackException>()).StaleMirror);
    }

    [Fact]
    public async Task A_refused_timestamp_is_asked_for_once()
    {
        Repository.PublishNextTimestamp();
        await RefreshAfterRestartAsync();
        Repository.Timestamp.SetVersion(1);
        Repository.PublishTimestamp();
        Repository.Requests.Clear();
        await RefusedAsync<RollbackException>();
        Assert.Equal(["metadata/2.root.json", "metadata/timestamp.json"], Repository.Requests);
    }

    [Fact]
    public async Task Another_timestamp_of_the_same_version_is_discarded()
    {
        await RefreshAfterRestartAsync();
        var kept = File.ReadAllBytes(Directory["timestamp.json"]);
        Repository.Timestamp.SetExpires(Repository.Expires.AddDays(1));
        Repository.PublishTimestamp();
        await RefreshAfterRestartAsync();
        Assert.Equal(kept, File.ReadAllBytes(Directory["timestamp.json"]));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("flaw", "CVE-2022-29173")]
    [Trait("flaw", "CVE-2025-2888")]
    public async Task An_older_snapshot_is_refused_and_its_timestamp_is_not_kept(bool digests)
    {
        Repository.WithDigests = digests;
        Repository.PublishNextSnapshot();
        await RefreshAfterRestartAsync();
        Repository.Snapshot.SetVersion(1);
        Repository.PublishSnapshot();
        Repository.PublishNextTimestamp();
        var error = await RefusedAsync<RollbackException>();
        Assert.Equal(("snapshot", 2L, 1L), (error.Subject, error.TrustedVersion, error.OfferedVersion));
        Assert.Equal(2, Stored("timestamp"));

        // The host is not stuck when the repository is right again.
        Repository.Snapshot.SetVersion(3);
        Repository.PublishSnapshot();
        Repository.PublishTimestamp();
        Assert.Equal(3, (await RefreshAfterRestartAsync()).SnapshotVersion);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Trait("flaw", "CVE-2022-29173")]
    public async Task Older_targets_are_refused_although_timestamp_and_snapshot_are_new(bool digests)
    {
        Repository.WithDigests = digests;
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        Repository.Targets.SetVersion(1);
        Repository.PublishTargets();
        Repository.PublishNextSnapshot();
        var error = await RefusedAsync<RollbackException>();
        Assert.Equal(("targets", 2L, 1L), (error.Subject, error.TrustedVersion, error.OfferedVersion));
        Assert.Equal((2, 2), (Stored("snapshot"), Stored("targets")));
    }

    [Fact]
    [Trait("flaw", "CVE-2025-2887")]
    public async Task A_role_that_the_snapshot_no_longer_lists_is_a_rollback()
    {
        Repository.Snapshot.SetMeta("delegated.json", 4);
        Repository.PublishNextSnapshot();
        await RefreshAfterRestartAsync();
        ((JsonObject)Repository.Snapshot.Signed["meta"]!).Remove("delegated.json");
        Repository.PublishNextSnapshot();
        var error = await RefusedAsync<RollbackException>();
        Assert.Equal(("delegated", 4L, 0L), (error.Subject, error.TrustedVersion, error.OfferedVersion));
        Repository.Snapshot.SetMeta("delegated.json", 3);
        Repository.PublishNextSnapshot();
        await RefusedAsync<RollbackException>();
    }

    [Fact]
    [Trait("flaw", "CVE-2025-2888")]
    public async Task A_snapshot_refused_for_its_content_does_not_block_the_next_one()
    {
        await RefreshAfterRestartAsync();
        Repository.PublishNextSnapshot();
        Repository.Tamper("metadata/2.snapshot.json", "\"sig\": \"", "\"sig\": \"00");
        await RefusedAsync<ThresholdException>();
        Repository.PublishNextSnapshot();
        Assert.Equal(3, (await RefreshAfterRestartAsync()).SnapshotVersion);
    }

    [Fact]
    public async Task A_refresh_that_was_cut_after_its_timestamp_is_finished_later()
    {
        await RefreshAfterRestartAsync();
        Repository.PublishNext();
        var snapshot = Repository.Files["metadata/2.snapshot.json"];
        Repository.Files.Remove("metadata/2.snapshot.json");
        await RefusedAsync<NotFoundException>();
        Assert.Equal((2, 1), (Stored("timestamp"), Stored("snapshot")));
        Repository.Files["metadata/2.snapshot.json"] = snapshot;
        Assert.Equal(2, (await RefreshAfterRestartAsync()).TargetsVersion);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    public async Task Rotated_keys_recover_from_a_fast_forward(string role)
    {
        var document = role switch
        {
            "timestamp" => Repository.Timestamp,
            "snapshot" => Repository.Snapshot,
            _ => Repository.Targets,
        };
        document.SetVersion(100);
        Publish();
        await RefreshAfterRestartAsync();
        Assert.Equal(100, Stored(role));

        // Section 5.3.11: timestamp by its own key; snapshot by both; targets by snapshot's.
        if (role is not "targets")
        {
            Repository.RotateKeys("timestamp");
        }

        if (role is not "timestamp")
        {
            Repository.RotateKeys("snapshot");
        }

        document.SetVersion(2);
        RepositorySimulator.Bump(Repository.Root);
        Repository.PublishRoot();
        if (role is "targets")
        {
            RepositorySimulator.Bump(Repository.Snapshot);
        }

        if (role is not "timestamp")
        {
            RepositorySimulator.Bump(Repository.Timestamp);
        }

        Publish();
        Assert.NotEmpty((await RefreshAfterRestartAsync()).Warnings);
        Assert.Equal(2, Stored(role));
    }

    [Fact]
    public async Task Rotated_keys_of_snapshot_alone_forget_the_timestamp_too()
    {
        // Section 5.3.11: the timestamp remembers the snapshot's version.
        Repository.Snapshot.SetVersion(100);
        Repository.Timestamp.SetVersion(100);
        Publish();
        await RefreshAfterRestartAsync();
        Repository.RotateKeys("snapshot");
        Repository.PublishNextRoot();
        Repository.Snapshot.SetVersion(2);
        Repository.Timestamp.SetVersion(2);
        Publish();
        Assert.Contains(
            "rotated",
            Assert.Single((await RefreshAfterRestartAsync()).Warnings),
            StringComparison.Ordinal
        );
        Assert.Equal((2, 2), (Stored("snapshot"), Stored("timestamp")));
    }

    [Fact]
    public async Task A_key_that_is_added_forgets_nothing()
    {
        Repository.PublishNextTimestamp();
        await RefreshAfterRestartAsync();
        Repository.AddSigner("timestamp");
        Repository.PublishNextRoot();
        Repository.Timestamp.SetVersion(1);
        Repository.PublishTimestamp();
        await RefusedAsync<RollbackException>();
    }

    [Fact]
    public async Task A_damaged_snapshot_does_not_forget_the_timestamp()
    {
        Repository.PublishNextTimestamp();
        await RefreshAfterRestartAsync();
        Repository.PublishNextRoot();
        var path = Directory["snapshot.json"];
        File.WriteAllText(
            path,
            File.ReadAllText(path).Replace("\"version\": 1", "\"version\": 7", StringComparison.Ordinal)
        );
        Repository.Timestamp.SetVersion(1);
        Repository.PublishTimestamp();
        Assert.Equal("timestamp", (await Assert.ThrowsAsync<RollbackException>(RefreshAfterRestartAsync)).Subject);
    }

    private void Publish()
    {
        Repository.PublishTargets();
        Repository.PublishSnapshot();
        Repository.PublishTimestamp();
    }
}
