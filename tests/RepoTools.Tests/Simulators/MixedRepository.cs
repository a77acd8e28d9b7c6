using RepoTools.Publishing;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>
/// One repository with everything that a client has to know: each kind of key at the top and below, thresholds of two, delegations by path, by hash
/// prefix and to bins of both forms, and roots 1 to 3 that replace keys of every top-level role. At the real time, for clients with a clock of their own.
/// </summary>
internal sealed class MixedRepository : IDisposable
{
    private readonly TempDirectory _directory = new();

    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal)
    {
        ["root-a"] = "ed25519",
        ["root-b"] = "ecdsa-p384",
        ["root-c"] = "rsa-3072",
        ["root-d"] = "ecdsa-p256",
        ["root-e"] = "ed25519",
        ["targets-a"] = "ecdsa-p384",
        ["targets-b"] = "rsa-3072",
        ["targets-c"] = "ed25519",
        ["snapshot-a"] = "ecdsa-p256",
        ["snapshot-b"] = "ecdsa-p384",
        ["timestamp-a"] = "ed25519",
        ["timestamp-b"] = "ecdsa-p256",
        ["apps"] = "ecdsa-p256",
        ["security"] = "rsa-3072",
        ["security2"] = "ecdsa-p384",
        ["team"] = "ed25519",
        ["many"] = "ecdsa-p384",
        ["prefixed"] = "rsa-3072",
        ["bins"] = "ed25519",
    };

    /// <summary>Who signs a top-level role now.</summary>
    private readonly Dictionary<string, string[]> _signers = new(StringComparer.Ordinal)
    {
        ["targets"] = ["targets-a", "targets-b"],
        ["snapshot"] = ["snapshot-a"],
        ["timestamp"] = ["timestamp-a"],
    };

    public static readonly string[] Names =
    [
        "top",
        "apps/x",
        "apps/s-1",
        "apps/deep/y",
        "apps/team/z",
        .. Enumerable.Range(0, 12).Select(n => $"bins/{n}"),
        .. Enumerable.Range(0, 12).Select(n => $"other/{n}"),
    ];

    public Workspace Workspace => new(Of("repo"));
    public string RootFile => Of("root-1.json");

    public string Of(string name) => _directory.Of(name);

    public static async Task<MixedRepository> CreateAsync()
    {
        var repository = new MixedRepository();
        foreach (var (name, type) in repository._keys)
        {
            await MustAsync(["key", "generate", repository.Key(name), "--type", type]);
        }

        await MustAsync(
            ["root", "create", "--out", repository.RootFile, "--root-threshold", "2", "--targets-threshold", "2"],
            repository.Keys("--root-key", "root-a", "root-b", "root-c"),
            [.. repository._signers.SelectMany(s => repository.Keys($"--{s.Key}-key", s.Value))]
        );
        await MustAsync(["root", "sign", repository.RootFile], repository.Keys("--key", "root-a", "root-c"));
        await MustAsync(["repo", "create", repository.Workspace.Root, "--root", repository.RootFile]);
        await repository.DelegateAsync();
        return repository;
    }

    private async Task DelegateAsync()
    {
        await AddAsync("apps", ["apps"], "--paths", "apps/*", "apps/*/*");
        string[] hard = ["--paths", "apps/?-*", "--threshold", "2", "--terminating", "--before", "apps"];
        await AddAsync("security", ["security", "security2"], hard);
        await AddAsync("team", ["team"], "--from", "apps", "--paths", "apps/team/*");
        await AddAsync("many", ["many"], "--paths", "bins/*");
        string[] bins = ["delegation", "bins", Workspace.Root, "--count"];
        await MustAsync(bins, ["32", "--prefix", "bin", "--from", "many"], Keys("--key", "bins"));
        // Last: they are for every name.
        await MustAsync(bins, ["16", "--prefix", "prefixed", "--by-prefix"], Keys("--key", "prefixed"));

        Task AddAsync(string role, string[] keys, params string[] more) =>
            MustAsync(["delegation", "add", Workspace.Root, role], Keys("--key", keys), more);
    }

    /// <summary>Gives every target this content, and publishes.</summary>
    public async Task PublishAsync(string content)
    {
        File.WriteAllText(Of("content"), content);
        foreach (var name in Names)
        {
            string[] role = name == "top" ? ["--role", "targets"] : [];
            await MustAsync(["target", "add", Workspace.Root, Of("content"), "--name", name], role);
        }

        await MustAsync(
            ["publish", Workspace.Root],
            [.. _signers.SelectMany(s => Keys($"--{s.Key}-key", s.Value))],
            [.. RoleKeys("apps", "security", "security=security2", "team", "many", "bin-*=bins", "prefixed-*=prefixed")]
        );
    }

    /// <summary>The next root, in which keys take the place of others: root keys too, so that old and new ones sign.</summary>
    public async Task RotateAsync(int version, string[] signers, params (string Old, string New)[] replaced)
    {
        var (old, next) = (Workspace.Versioned("root", version - 1), Of($"root-{version}.json"));
        await MustAsync(["root", "bump", old, "--out", next]);
        foreach (var (before, after) in replaced)
        {
            await MustAsync(["root", "rotate", next, "--old", Key(before), "--new", Key(after)]);
            foreach (var (role, keys) in _signers)
            {
                _signers[role] = [.. keys.Select(k => k == before ? after : k)];
            }
        }

        await MustAsync(["root", "sign", next, "--previous", old], Keys("--key", signers));
        // The next publish signs by the new keys; no host looks in between.
        await MustAsync(["root", "publish", Workspace.Root, next, "--force"]);
    }

    /// <summary>The content of every target, as our own client finds it.</summary>
    public async Task<(long Root, string[] Contents)> ReadAsync(string store)
    {
        var client = Hosts.Open(Workspace, RootFile, Of(store), TimeProvider.System);
        var refresh = await client.RefreshAsync(default);
        var contents = new List<string>();
        foreach (var name in Names)
        {
            contents.Add(await Hosts.TextAsync(client, name) ?? "-");
        }

        return (refresh.RootVersion, [.. contents]);
    }

    private string Key(string name) => Of($"{name}.pem");

    private string[] Keys(string option, params string[] names) => [.. names.SelectMany(n => new[] { option, Key(n) })];

    private IEnumerable<string> RoleKeys(params string[] roles) =>
        roles
            .Select(role => role.Split('='))
            .SelectMany(parts => new[] { "--role-key", $"{parts[0]}={Key(parts[^1])}" });

    private static async Task MustAsync(params string[][] args)
    {
        var result = await Tool.RunAsync(TimeProvider.System, [.. args.SelectMany(a => a)]);
        Assert.True(result.Code == 0, $"{string.Join(' ', args[0])}: {result.Error}");
    }

    public void Dispose() => _directory.Dispose();
}
