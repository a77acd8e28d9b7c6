using System.Net;
using RepoTools.Serving;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>
/// python-tuf, the reference implementation, as a client of what these tools publish. Needs a checkout of it (PYTHON_TUF), and a python3 that can
/// import what it needs (PYTHONPATH).
/// </summary>
public sealed class PythonTufTests
{
    private const string Needs =
        "needs PYTHON_TUF, a checkout of python-tuf, and a python3 that can import it and what it needs";

    [Fact]
    public async Task Python_tuf_finds_what_every_kind_of_delegation_leads_to()
    {
        RequirePythonTuf();
        using var repository = await TestRepository.CreateAsync(targetsThreshold: 2);
        await DelegateAsync(repository);
        await PublishAsync(repository, "first");
        string[] names = ["top", "apps/x", "apps/t-1", "apps/ghost", "hashed/1", "bins/1", "bins/2", "nowhere"];
        string[] expected = ["first", "first", "first", "-", "first", "first", "first", "-"];

        await using var server = await RepositoryServer.StartAsync(
            repository.Workspace,
            new IPEndPoint(IPAddress.Loopback, 0),
            default
        );
        var theirs = await AskAsync(repository, server, "theirs", names);

        Assert.Equal(expected, theirs);
        foreach (var (name, content) in names.Zip(expected))
        {
            Assert.Equal(content, await repository.ReadAsync(name) ?? "-");
        }
    }

    [Fact]
    public async Task Python_tuf_follows_new_keys_new_targets_and_a_removed_delegation()
    {
        RequirePythonTuf();
        using var repository = await TestRepository.CreateAsync(targetsThreshold: 2);
        await DelegateAsync(repository);
        await PublishAsync(repository, "first");
        await using var server = await RepositoryServer.StartAsync(
            repository.Workspace,
            new IPEndPoint(IPAddress.Loopback, 0),
            default
        );
        await AskAsync(repository, server, "knows", "apps/x");

        repository.NewKey("apps2");
        await EditAsync(repository, "add-key", "apps", "--key", repository.Key("apps2"));
        await EditAsync(repository, "remove-key", "apps", "--key", repository.Key("apps"));
        await EditAsync(repository, "remove", "hashed");
        await PublishAsync(repository, "second", "apps=apps2");

        // What was only there is gone with the delegation. The store of the first run is the memory against rollback.
        Assert.Equal(
            ["second", "second", "-", "second"],
            await AskAsync(repository, server, "knows", "apps/x", "apps/t-1", "hashed/1", "bins/1")
        );
    }

    [Fact]
    public async Task Every_kind_of_key_and_delegation_under_rotated_roots_is_read_whole_by_our_client_and_by_python_tuf()
    {
        var isThere = Environment.GetEnvironmentVariable("PYTHON_TUF") is not null;
        using var repository = await MixedRepository.CreateAsync();
        await using var server = await RepositoryServer.StartAsync(
            repository.Workspace,
            new IPEndPoint(IPAddress.Loopback, 0),
            default
        );
        await repository.PublishAsync("first");
        await AllReadAsync("knows", 1, "first");
        await repository.RotateAsync(
            2,
            ["root-a", "root-c", "root-d"],
            ("root-a", "root-d"),
            ("snapshot-a", "snapshot-b"),
            ("timestamp-a", "timestamp-b")
        );
        await repository.PublishAsync("second");
        await AllReadAsync("knows", 2, "second");
        // Both keys that are left of the first root go: who trusts that one alone comes here by way of the second.
        await repository.RotateAsync(
            3,
            ["root-b", "root-d", "root-e"],
            ("root-b", "root-e"),
            ("targets-a", "targets-c")
        );
        await repository.PublishAsync("third");

        await AllReadAsync("knows", 3, "third");
        await AllReadAsync("new", 3, "third");
        Assert.SkipUnless(isThere, "our own client agrees; " + Needs);

        async Task AllReadAsync(string store, long root, string content)
        {
            var (version, ours) = await repository.ReadAsync($"our-{store}");
            Assert.Equal(root, version);
            Assert.All(ours, found => Assert.Equal(content, found));
            if (isThere)
            {
                var theirs = await AskAsync(server, repository.RootFile, repository.Of(store), MixedRepository.Names);
                Assert.Equal(ours, theirs);
            }
        }
    }

    /// <summary>Nested, terminating, with a threshold of two, by hash prefix, and bins below a role.</summary>
    private static async Task DelegateAsync(TestRepository repository)
    {
        repository.NewKey("security2");
        repository.NewKey("bins");
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.DelegateAsync(
            "security",
            "--key",
            repository.Key("security2"),
            "--threshold",
            "2",
            "--paths",
            "apps/?-*",
            "--terminating",
            "--before",
            "apps"
        );
        await repository.DelegateAsync("team", "--from", "apps", "--paths", "apps/x*");
        await repository.DelegateAsync("hashed", ["--hash-prefix", .. "0123456789abcdef".Select(c => $"{c}")]);
        await repository.DelegateAsync("many", "--paths", "bins/*", "--before", "hashed");
        await EditAsync(
            repository,
            "bins",
            "--count",
            "32",
            "--prefix",
            "bin",
            "--key",
            repository.Key("bins"),
            "--from",
            "many"
        );
    }

    private static async Task PublishAsync(TestRepository repository, string content, string apps = "apps")
    {
        // Their client has the machine's clock.
        repository.Time.Now = TimeProvider.System.GetUtcNow();
        var file = repository.TextFile("content", content);
        string[] names = ["top", "apps/x", "apps/t-1", "hashed/1", "bins/1", "bins/2"];
        foreach (var name in names.Where(n => content == "first" || n != "hashed/1"))
        {
            // Without its role it would go to the hashed one, which is for every name.
            string[] role = name == "top" ? ["--role", "targets"] : [];
            await repository.MustAsync(["target", "add", repository.Path, file, "--name", name], role);
        }

        await repository.MustAsync(
            repository.PublishArguments("targets", "targets2"),
            [.. repository.RoleKeys([apps, "security", "security=security2", "team", "hashed", "many", "bin-*=bins"])]
        );
    }

    private static Task<ToolResult> EditAsync(TestRepository repository, string command, params string[] more) =>
        repository.MustAsync(["delegation", command, repository.Path], more);

    private static Task<string[]> AskAsync(
        TestRepository repository,
        RepositoryServer server,
        string store,
        params string[] names
    ) => AskAsync(server, repository.RootFile, repository.Of(store), names);

    private static async Task<string[]> AskAsync(RepositoryServer server, string root, string store, string[] names)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "python_tuf_client.py");
        var result = await Tool.WitnessAsync("python3", [script, server.Url, root, store, .. names]);
        Assert.True(result.Code == 0, result.Error);
        return result.Out.TrimEnd('\n').Split('\n');
    }

    private static void RequirePythonTuf() =>
        Assert.SkipWhen(Environment.GetEnvironmentVariable("PYTHON_TUF") is null, Needs);
}
