using RepoTools.Keys;
using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>The order of a publish of delegated roles, and what a kill anywhere leaves.</summary>
public sealed class DelegatedPublishTests
{
    // Two target files, the manifest, three roles, targets, snapshot, timestamp.
    private const int Steps = 9;

    [Fact]
    public async Task Files_appear_in_the_order_target_files_delegated_roles_targets_snapshot_timestamp()
    {
        using var repository = await PreparedAsync();
        var order = new List<string>();

        Publish(repository, path => order.Add(Path.GetFileName(path)));

        Assert.Equal(Steps, order.Count);
        Assert.All(order[..2], name => Assert.Contains(name[65..], (string[])["x", "y"]));
        Assert.Equal("manifest.json", order[2][65..]);
        Assert.Equal(
            ["2.apps.json", "2.docs.json", "1.extra.json", "2.targets.json", "2.snapshot.json", "timestamp.json"],
            order[3..]
        );
    }

    [Fact]
    public async Task At_each_step_a_host_finds_all_of_the_old_targets_or_all_of_the_new_ones()
    {
        using var repository = await PreparedAsync();
        var seen = new List<string>();

        Publish(
            repository,
            _ =>
            {
                var fresh = Both(repository, $"store{seen.Count}");
                Assert.Equal(fresh, Both(repository, "same"));
                seen.Add(fresh);
            }
        );

        Assert.Equal(Steps, seen.Count);
        Assert.All(seen[..(Steps - 1)], both => Assert.Equal("old old", both));
        Assert.Equal("new new", seen[^1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(Steps)]
    public async Task A_kill_leaves_the_old_or_the_new_roles_and_the_publish_can_be_run_again(int step)
    {
        using var repository = await PreparedAsync();
        var steps = 0;

        Assert.Throws<IOException>(() =>
            Publish(repository, path => path = ++steps == step ? throw new IOException("the power went") : path)
        );
        Assert.Equal(step == Steps ? "new new" : "old old", Both(repository, "between"));
        var left = repository.Metadata().Where(f => f.Key != "timestamp.json").ToArray();

        await repository.MustAsync(repository.PublishRoles("apps", "docs", "extra"));

        Assert.Equal("new new", Both(repository, "between"));
        Assert.Equal("new new", Both(repository, "fresh"));
        var now = repository.Metadata();
        Assert.All(left, f => Assert.Equal(f.Value, now[f.Key]));
    }

    [Fact]
    public async Task A_kill_behind_the_last_step_leaves_nothing_to_sign_again()
    {
        using var repository = await PreparedAsync();
        Assert.Throws<IOException>(() =>
            Publish(
                repository,
                path =>
                    path = path.EndsWith("timestamp.json", StringComparison.Ordinal) ? throw new IOException() : path
            )
        );

        await repository.MustAsync(repository.PublishOnlyRoles());

        Assert.False(File.Exists(repository.Workspace.Versioned("apps", 3)));
        Assert.False(File.Exists(repository.Workspace.DraftRoles));
        Assert.Equal("new new", Both(repository, "store"));
    }

    /// <summary>apps/x and docs/y are published as "old", and wait as "new" beside a new delegation.</summary>
    private static async Task<TestRepository> PreparedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.DelegateAsync("docs", "--paths", "docs/*");
        await AddBothAsync(repository, "old");
        await repository.MustAsync(repository.PublishRoles("apps", "docs"));
        await AddBothAsync(repository, "new");
        await repository.DelegateAsync("extra", "--paths", "extra/*");
        return repository;
    }

    private static async Task AddBothAsync(TestRepository repository, string content)
    {
        var file = repository.TextFile("content", content);
        await repository.MustAsync(["target", "add", repository.Path, file, "--name", "apps/x"]);
        await repository.MustAsync(["target", "add", repository.Path, file, "--name", "docs/y"]);
    }

    private static void Publish(TestRepository repository, Action<string> visible)
    {
        (RolePattern, SigningKey) Entry(string role) =>
            (
                new RolePattern(role),
                new SigningKey(role, SigningKeys.Open([repository.Key(role)], KeyAccess.Standard)[0].Signer)
            );
        var ring = new RoleKeyRing([Entry("apps"), Entry("docs"), Entry("extra")]);
        new Publisher(repository.Workspace, repository.Time, visible).Publish(
            repository.Plan() with
            {
                RoleKeys = ring,
            }
        );
    }

    private static string Both(TestRepository repository, string store) =>
        $"{repository.ReadAsync("apps/x", store).GetAwaiter().GetResult()} {repository.ReadAsync("docs/y", store).GetAwaiter().GetResult()}";
}
