using System.Text;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>Section 6.2: where the root says that snapshots are not consistent, only roots have versions in their names.</summary>
public sealed class NonConsistentSnapshotTests : TufClientTestBase
{
    [Fact]
    public async Task Names_have_neither_versions_nor_digests()
    {
        Repository.IsConsistent = false;
        Repository.PublishNextRoot();
        Repository.Delegate("targets", "role", ["dir/*"]);
        Repository.AddTarget("dir/t", "content"u8.ToArray(), "role");
        Repository.PublishDelegations();
        var client = Restart();
        await client.RefreshAsync(default);
        var target = await client.FindTargetAsync(new TargetName("dir/t"), default);
        Assert.Equal("content", Encoding.UTF8.GetString(await client.ReadTargetAsync(target!, 100, default)));
        Assert.Equal(
            [
                "metadata/2.root.json",
                "metadata/3.root.json",
                "metadata/timestamp.json",
                "metadata/snapshot.json",
                "metadata/targets.json",
                "metadata/role.json",
                "targets/dir/t",
            ],
            Repository.Requests
        );
    }

    [Fact]
    public async Task A_repository_can_become_consistent()
    {
        Repository.IsConsistent = false;
        Repository.PublishNextRoot();
        Repository.PublishNext();
        await RefreshAfterRestartAsync();
        Repository.IsConsistent = true;
        Repository.PublishNextRoot();
        Repository.PublishNext();
        Repository.Requests.Clear();
        Assert.Equal(3, (await RefreshAfterRestartAsync()).TargetsVersion);
        Assert.Contains("metadata/3.targets.json", Repository.Requests);
    }

    [Fact]
    public async Task A_mix_of_an_old_and_a_new_file_is_refused()
    {
        Repository.IsConsistent = false;
        Repository.PublishNextRoot();
        Repository.PublishNext();
        var old = Repository.Files["metadata/targets.json"];
        Repository.PublishNext();
        Repository.Files["metadata/targets.json"] = old;
        Assert.Equal(2, (await RefusedAsync<VersionMismatchException>()).Actual);
    }
}
