using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace RepoTools.Tests;

/// <summary>
/// A publisher that is killed behind any step of any of its writes: what lies there then is copied, judged by a host, and some are given to the
/// next publisher: UPDATE_ENGINE_KILL_ROUNDS says how many.
/// </summary>
public sealed class PublisherKillTests
{
    [Theory]
    [InlineData("publish")]
    [InlineData("refresh")]
    [InlineData("timestamp refresh")]
    [InlineData("root publish")]
    [InlineData("delegation add")]
    [InlineData("delegation set-paths")]
    public async Task A_kill_at_any_moment_leaves_the_old_repository_or_the_new_one_and_the_next_run_cleans_up(
        string command
    )
    {
        using var repository = await PreparedAsync();
        var args = Arguments(repository, command);
        var killed = new List<TestRepository>();
        DurableFile.AfterStep.Value = call =>
        {
            if (call.IsVisible)
            {
                killed.Add(repository.Copy());
            }
        };
        try
        {
            await repository.MustAsync(args);
        }
        finally
        {
            DurableFile.AfterStep.Value = null;
        }

        var (after, _) = await repository.ReadAsHostAsync("host");
        var seen = new HashSet<(long, long)>();
        Assert.True(killed.Count >= 3, $"{killed.Count}");
        Assert.Contains(killed, k => Leftovers(k).Any());
        var each = Math.Max(1, killed.Count / Rounds);
        foreach (var (index, state) in killed.Index())
        {
            using (state)
            {
                // A host that knows the old repository, and a new one.
                var (found, manifest) = await state.ReadAsHostAsync("host");
                await state.ReadAsHostAsync("new");
                Assert.NotEmpty(manifest!.Updates);
                Assert.True(found.TimestampVersion <= after.TimestampVersion && found.RootVersion <= after.RootVersion);
                seen.Add((found.RootVersion, found.TimestampVersion));

                if (index % each != 0)
                {
                    continue;
                }

                await state.MustAsync(state.PublishRoles("apps", "more=apps"));
                Assert.Empty(Leftovers(state));
                await state.ReadAsHostAsync("host");
                await state.ReadAsHostAsync("new");
            }
        }

        // Nothing between the two.
        Assert.InRange(seen.Count, 1, 2);
    }

    private static int Rounds =>
        int.TryParse(
            Environment.GetEnvironmentVariable("UPDATE_ENGINE_KILL_ROUNDS"),
            System.Globalization.CultureInfo.InvariantCulture,
            out var rounds
        )
            ? Math.Max(1, rounds)
            : 5;

    private static async Task<TestRepository> PreparedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        await repository.ReadAsHostAsync("host");
        var file = repository.TextFile("hello", "hello");
        await repository.MustAsync(["target", "add", repository.Path, file, "--name", "apps/hello"]);
        await repository.MustAsync(["root", "bump", repository.RootFile, "--out", repository.Of("root-2.json")]);
        await repository.MustAsync(
            ["root", "sign", repository.Of("root-2.json"), "--key", repository.Key("root")],
            ["--previous", repository.RootFile]
        );
        return repository;
    }

    private static string[] Arguments(TestRepository repository, string command)
    {
        string[] start = [.. command.Split(' '), repository.Path];
        string[] timestamp = ["--timestamp-key", repository.Key("timestamp")];
        return command switch
        {
            "publish" => repository.PublishRoles("apps"),
            "refresh" => [.. start, "--snapshot-key", repository.Key("snapshot"), .. timestamp],
            "timestamp refresh" => [.. start, .. timestamp],
            "root publish" => [.. start, repository.Of("root-2.json")],
            // The key is one that the publish after it has.
            "delegation add" => [.. start, "more", "--key", repository.Key("apps"), "--paths", "more/*"],
            _ => [.. start, "apps", "--paths", "apps/*", "tools/*"],
        };
    }

    private static IEnumerable<string> Leftovers(TestRepository repository) =>
        Directory.EnumerateFiles(repository.Path, ".*.tmp", SearchOption.AllDirectories);
}
