using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf;
using Xunit;

namespace RepoTools.Tests;

/// <summary>The next root in a repository, and hosts that follow it.</summary>
public sealed class RootPublishTests
{
    [Theory]
    [InlineData("root")]
    [InlineData("targets")]
    [InlineData("snapshot")]
    [InlineData("timestamp")]
    [InlineData("root targets snapshot timestamp")]
    public async Task Hosts_follow_from_root_1_to_3_when_keys_are_rotated(string rotated)
    {
        using var rotation = await RootRotation.CreateAsync();
        var (repository, roles) = (rotation.Repository, rotated.Split(' '));
        var online = roles.Where(r => r != "root").Order(StringComparer.Ordinal).ToArray();
        var before = (await repository.ReadAsHostAsync("old")).Refresh;

        foreach (var version in (int[])[2, 3])
        {
            var anew = await rotation.RotateAsync(version, roles);
            Assert.Equal(online, anew.Order(StringComparer.Ordinal));
            if (online.Length > 0)
            {
                await Assert.ThrowsAsync<ThresholdException>(() => repository.ReadAsHostAsync("old"));
            }

            await rotation.PublishAsync();
            var (old, _) = await repository.ReadAsHostAsync("old");
            var (fresh, manifest) = await repository.ReadAsHostAsync($"fresh{version}");

            Assert.Equal((version, version), (old.RootVersion, fresh.RootVersion));
            Assert.Equal(old.TargetsVersion, fresh.TargetsVersion);
            Assert.True(old.TargetsVersion > before.TargetsVersion && old.SnapshotVersion > before.SnapshotVersion);
            Assert.True(old.TimestampVersion > before.TimestampVersion);
            Assert.Single(manifest!.Updates);
            before = old;
        }
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("snapshot")]
    [InlineData("targets")]
    [InlineData("root targets snapshot timestamp")]
    public async Task No_host_ever_notices_that_keys_are_replaced(string rotated)
    {
        using var rotation = await RootRotation.CreateAsync();
        var (repository, roles) = (rotation.Repository, rotated.Split(' '));
        var moments = 0;
        string[] before = rotation.PublishArguments()[2..];
        await rotation.MakeAsync(2, roles);
        string[] after = rotation.PublishArguments()[2..];

        // Signed by both, then the root, then by the new ones alone: looked at after each file that becomes visible.
        Publish([.. before, .. after], rotation.File(2));
        var next = RepoTools.Keys.RootFile.Read(rotation.File(2));
        Assert.Empty(
            new RootPublisher(repository.Workspace, repository.Time, Look).Install(next, "root-2.json", false)
        );
        Assert.Equal(2, (await repository.ReadAsHostAsync("same")).Refresh.RootVersion);
        Publish(after, null);

        Assert.True(moments >= 9, $"{moments}");
        Assert.Equal((2, 3), Versions((await repository.ReadAsHostAsync("same")).Refresh));

        void Publish(string[] keys, string? nextRoot)
        {
            RepoTools.Keys.SigningKeys Of(string role) =>
                RepoTools.Keys.SigningKeys.Open(
                    keys.Zip(keys.Skip(1)).Where(k => k.First == $"--{role}-key").Select(k => k.Second).Distinct(),
                    RepoTools.Keys.KeyAccess.Standard
                );
            var week = TimeSpan.FromDays(7);
            var plan = new SigningPlan(Of("targets"), Of("snapshot"), Of("timestamp"), week, week, week)
            {
                NextRoot = nextRoot is null ? null : RepoTools.Keys.RootFile.Read(nextRoot),
            };
            new Publisher(repository.Workspace, repository.Time, Look).Publish(plan);
        }

        // A host that remembers what it saw a step ago, and one that has just been installed.
        void Look(string path)
        {
            repository.ReadAsHostAsync("same").GetAwaiter().GetResult();
            repository.ReadAsHostAsync($"new{moments++}").GetAwaiter().GetResult();
        }

        static (long, long) Versions(UpdateEngine.Tuf.Client.RefreshResult refresh) =>
            (refresh.RootVersion, refresh.TimestampVersion);
    }

    [Fact]
    public async Task A_root_whose_keys_have_not_signed_what_is_published_is_installed_by_force_only()
    {
        using var rotation = await RootRotation.CreateAsync();
        var repository = rotation.Repository;
        await rotation.MakeAsync(2, "timestamp", "targets");

        var refused = await rotation.InstallAsync(2);
        Assert.Equal(76, refused.Code);
        Assert.Contains("what is published of timestamp, targets", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--next-root", refused.Error, StringComparison.Ordinal);
        Assert.Equal(1, (await repository.ReadAsHostAsync()).Refresh.RootVersion);

        // With the old keys alone, the new ones alone, and with a root that does not follow.
        string[] online = ["--snapshot-key", rotation.Key("snapshot"), "--next-root", rotation.File(2)];
        string[] publish = ["publish", repository.Path, .. online];
        string[] old = ["--targets-key", repository.Key("targets"), "--timestamp-key", repository.Key("timestamp")];
        string[] both =
        [
            .. old,
            "--targets-key",
            rotation.Key("targets"),
            "--timestamp-key",
            rotation.Key("timestamp"),
        ];
        Assert.Contains(
            "root version 2",
            (await repository.RunAsync([.. publish, .. old])).Error,
            StringComparison.Ordinal
        );
        var fresh = await repository.RunAsync([.. publish, .. both[4..]]);
        Assert.Contains("root version 1", fresh.Error, StringComparison.Ordinal);
        await repository.MustAsync(publish, both);
        await repository.MustAsync(
            ["timestamp", "refresh", repository.Path, "--next-root", rotation.File(2)],
            ["--timestamp-key", repository.Key("timestamp"), "--timestamp-key", rotation.Key("timestamp")]
        );
        await repository.MustAsync(["refresh", repository.Path, .. online], both[2..4], both[6..]);
        Assert.Equal(0, (await rotation.InstallAsync(2)).Code);
        Assert.Equal(2, (await repository.ReadAsHostAsync()).Refresh.RootVersion);
    }

    [Fact]
    public async Task Hosts_follow_new_thresholds_of_root_and_targets()
    {
        using var rotation = await RootRotation.CreateAsync();
        var (repository, second) = (rotation.Repository, rotation.File(2));
        await rotation.MakeAsync(2);
        await repository.MustAsync(["root", "add-key", second, "--role", "root", "--key", repository.Key("stranger")]);
        await repository.MustAsync(["root", "set-threshold", second, "root", "2", "--keep-version"]);
        await rotation.SignAsync(2, repository.Key("root"), repository.Key("stranger"));
        Assert.Equal(76, (await rotation.InstallAsync(2)).Code);
        await repository.MustAsync(["root", "set-version", second, "2"]);
        await rotation.SignAsync(2, repository.Key("root"));
        Assert.Equal(65, (await rotation.InstallAsync(2)).Code);
        await rotation.SignAsync(2, repository.Key("stranger"));
        Assert.Equal(0, (await rotation.InstallAsync(2)).Code);

        var third = rotation.File(3);
        await repository.MustAsync([
            "root",
            "set-threshold",
            repository.Workspace.Versioned("root", 2),
            "targets",
            "2",
            "--out",
            third,
        ]);
        await rotation.SignAsync(3, repository.Key("root"), repository.Key("stranger"));
        Assert.Equal(0, (await rotation.InstallAsync(3, "--force")).Code);
        Assert.Equal(65, (await repository.RunAsync(repository.PublishArguments("targets"))).Code);
        await repository.MustAsync(repository.PublishArguments("targets", "targets2"));

        Assert.Equal(3, (await repository.ReadAsHostAsync()).Refresh.RootVersion);
    }

    [Fact]
    public async Task A_timestamp_with_a_new_key_needs_a_refresh_only_and_another_role_a_publish()
    {
        using var rotation = await RootRotation.CreateAsync();
        var repository = rotation.Repository;

        await rotation.RotateAsync(2, "timestamp");
        await repository.MustAsync(Refresh());
        Assert.Equal((2, 1), Versions(await repository.ReadAsHostAsync()));

        await rotation.RotateAsync(3, "snapshot");
        var refused = await repository.RunAsync(Refresh());
        Assert.Equal(76, refused.Code);
        Assert.Contains(
            "Root version 3 has taken away the keys that signed the published snapshot",
            refused.Error,
            StringComparison.Ordinal
        );
        Assert.Contains("repo-tools publish", refused.Error, StringComparison.Ordinal);
        var status = await repository.MustAsync(["status", repository.Path]);
        Assert.Contains("until snapshot is signed anew", status.Out, StringComparison.Ordinal);

        await rotation.PublishAsync();
        Assert.Equal((3, 2), Versions(await repository.ReadAsHostAsync()));

        string[] Refresh() => ["timestamp", "refresh", repository.Path, "--timestamp-key", rotation.Key("timestamp")];
        static (long, long) Versions((UpdateEngine.Tuf.Client.RefreshResult R, object? _) host) =>
            (host.R.RootVersion, host.R.SnapshotVersion);
    }

    [Fact]
    public async Task A_root_that_hosts_would_not_follow_is_not_installed()
    {
        using var rotation = await RootRotation.CreateAsync();
        var repository = rotation.Repository;
        await rotation.MakeAsync(2, "root");
        var complete = File.ReadAllText(rotation.File(2));

        // Not by the old root's keys: an edit by hand takes their signature away.
        await RefusedAsync(c => Without(c, repository.Key("root")), 65, "0 of 1 signatures by the old root keys");
        await RefusedAsync(c => Without(c, rotation.Key("root")), 65, "0 of 1 signatures by its own root keys");
        await RefusedAsync(c => c.Replace("\"version\": 2", "\"version\": 3", StringComparison.Ordinal), 65, "0 of 1");
        File.WriteAllText(rotation.File(2), complete);
        Assert.Equal(0, (await rotation.InstallAsync(2)).Code);
        var again = await rotation.InstallAsync(2);
        Assert.Equal(76, again.Code);
        Assert.Contains("has this root, version 2, already", again.Error, StringComparison.Ordinal);

        async Task RefusedAsync(Func<string, string> change, int code, string reason)
        {
            File.WriteAllText(rotation.File(2), change(complete));
            var before = Directory.GetFiles(repository.Path, "*", SearchOption.AllDirectories);
            var result = await rotation.InstallAsync(2, "--force");
            Assert.Equal(code, result.Code);
            Assert.Contains(reason, result.Error, StringComparison.Ordinal);
            Assert.Equal(before, Directory.GetFiles(repository.Path, "*", SearchOption.AllDirectories));
        }

        static string Without(string root, string key) =>
            root.Replace(
                $"\"keyid\": \"{RepoTools.Keys.SigningKeys.ReadPublic(key, RepoTools.Keys.KeyAccess.Standard).ComputeKeyId()}\"",
                "\"keyid\": \"none\"",
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task An_expired_root_is_installed_by_force_only_as_a_step_to_the_next()
    {
        using var rotation = await RootRotation.CreateAsync();
        var repository = rotation.Repository;
        await rotation.MakeAsync(2, "root");
        repository.Time.Now += TimeSpan.FromDays(366);

        var refused = await rotation.InstallAsync(2);
        Assert.Equal(76, refused.Code);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await rotation.InstallAsync(2, "--force")).Code);

        await rotation.RotateAsync(3, "root");
        await rotation.PublishAsync();
        Assert.Equal(3, (await repository.ReadAsHostAsync()).Refresh.RootVersion);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    public async Task A_kill_at_each_write_leaves_the_old_root_or_the_new_one_whole(int step, int version)
    {
        using var rotation = await RootRotation.CreateAsync();
        var repository = rotation.Repository;
        await rotation.MakeAsync(2, "root");
        var written = new List<string>();
        var publisher = new RootPublisher(
            repository.Workspace,
            repository.Time,
            path =>
            {
                written.Add(Path.GetRelativePath(repository.Path, path));
                _ = written.Count == step ? throw new IOException("the power went") : 0;
            }
        );

        Assert.Throws<IOException>(() =>
            publisher.Install(RepoTools.Keys.RootFile.Read(rotation.File(2)), "root-2.json", false)
        );

        Assert.Equal(((string[])["trust/carried.json", "metadata/2.root.json", "trust/2.root.json"])[..step], written);
        // No half of a file, under whatever name: the one rename is the step.
        Assert.Equal(version, Directory.GetFiles(repository.Workspace.Metadata, "*root.json").Length);
        Assert.Equal(version, (await repository.ReadAsHostAsync()).Refresh.RootVersion);
        Assert.Equal(version == 1 ? 0 : 76, (await rotation.InstallAsync(2)).Code);
        await rotation.PublishAsync();
        Assert.Equal(2, (await repository.ReadAsHostAsync()).Refresh.RootVersion);
        Assert.True(File.Exists(repository.Workspace.PinnedRoot(2)));
    }
}
