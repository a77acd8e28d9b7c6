using System.Collections.Concurrent;

namespace SystemTests.Harness;

/// <summary>
/// Made once for all tests, by the real programs: keys, images, repositories in three states and hosts in two. Tests copy what they change.
/// Everything lies in one temporary directory, which goes when the tests are done.
/// </summary>
public sealed class Kit : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<RepositoryServer>>> _servers = new();
    private int _sandboxes;

    internal string Home { get; } = Directory.CreateTempSubdirectory("ue-").FullName;

    internal string Trust => Of("root.json");

    internal string BootImage => Of("boot.img");

    internal string Of(string name) => Path.Combine(Home, name);

    /// <summary>Versions 1.0.0 to 1.3.0.</summary>
    internal string RootImage(string version) => Of($"root-{version}.img");

    /// <summary>A repository whose newest release for the variant "demo" is this one: 1.0.0, 1.1.0 or 1.2.0. Do not change it.</summary>
    internal string Repository(string newest) => Of($"repo-{newest}");

    /// <summary>The same, served; one server for all who only read.</summary>
    internal async Task<string> ServedAsync(string newest) =>
        (await _servers.GetOrAdd(newest, n => new(() => RepositoryServer.StartAsync(Repository(n)))).Value).Url;

    internal string NewDirectory()
    {
        var path = Of($"s{Interlocked.Increment(ref _sandboxes)}");
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Adds a release to a repository and publishes it.</summary>
    internal async Task ReleaseAsync(string repository, string version, string variant = "demo", string? root = null)
    {
        await RepoToolsAsync(
            ["release", "add", repository, "--version", version, "--variant", variant, "--arch", "x86_64"],
            ["--boot", BootImage, "--root", root ?? RootImage(version), "--level", "1", "--wave-policy", "none"]
        );
        await PublishAsync(repository);
    }

    internal Task PublishAsync(string repository) =>
        RepoToolsAsync(
            ["publish", repository, "--targets-key", Key("targets")],
            ["--snapshot-key", Key("snapshot"), "--timestamp-key", Key("timestamp")]
        );

    internal static async Task<RunResult> RepoToolsAsync(params string[][] args) =>
        (await RunningProgram.RunAsync(Programs.RepoTools, [.. args.SelectMany(a => a)])).Expect(0);

    /// <summary>Sparse files stay sparse.</summary>
    internal static async Task CopyAsync(string from, string to) =>
        (await RunningProgram.RunAsync("/bin/cp", "-a", "--sparse=always", "-T", from, to)).Expect(0);

    public async ValueTask InitializeAsync()
    {
        await MakeRepositoriesAsync();
        await MakeHostsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers.Values)
        {
            await (await server.Value).DisposeAsync();
        }

        Directory.Delete(Home, recursive: true);
    }

    private string Key(string name) => Of($"keys/{name}.pem");

    private async Task MakeRepositoriesAsync()
    {
        Directory.CreateDirectory(Of("keys"));
        string[] keys = ["root1", "root2", "root3", "targets", "snapshot", "timestamp"];
        var images = Images.BootAsync(BootImage);
        await Task.WhenAll(keys.Select(k => RepoToolsAsync(["key", "generate", Key(k)])));
        await images;
        foreach (var version in (string[])["1.0.0", "1.1.0", "1.2.0", "1.3.0"])
        {
            await Images.RootAsync(RootImage(version), version);
        }

        await Images.RootAsync(Of("root-large.img"), "2.0.0", size: 20 * Images.MiB, random: 4096);
        await RepoToolsAsync(
            ["root", "create", "--out", Trust, "--root-threshold", "2"],
            ["--root-key", Key("root1"), "--root-key", Key("root2"), "--root-key", Key("root3")],
            ["--targets-key", Key("targets"), "--snapshot-key", Key("snapshot"), "--timestamp-key", Key("timestamp")]
        );
        await RepoToolsAsync(["root", "sign", Trust, "--key", Key("root1"), "--key", Key("root3")]);
        await RepoToolsAsync(["repo", "create", Repository("1.0.0"), "--root", Trust]);
        await ReleaseAsync(Repository("1.0.0"), "1.0.0");
        await CopyAsync(Repository("1.0.0"), Repository("1.1.0"));
        await ReleaseAsync(Repository("1.1.0"), "1.1.0");
        await ReleaseAsync(Repository("1.1.0"), "2.0.0", "large", Of("root-large.img"));
        await CopyAsync(Repository("1.1.0"), Repository("1.2.0"));
        await ReleaseAsync(Repository("1.2.0"), "1.2.0");
    }

    /// <summary>
    /// "factory": never switched on. "judged": 1.0.0 runs in slot A, its health is good; slot B is empty. "updated": 1.1.0 runs in slot B, its health
    /// is good; slot A holds 1.0.0 and could boot.
    /// </summary>
    private async Task MakeHostsAsync()
    {
        var factory = Of("host-factory");
        Directory.CreateDirectory(factory);
        var disk = Path.Combine(factory, "disk.img");
        await RepoToolsAsync(
            ["disk", "create", disk, "--version", "1.0.0", "--variant", "demo", "--boot", BootImage],
            ["--root", RootImage("1.0.0"), "--size-boot", "2M", "--size-root", "12M"],
            ["--size-private", "4M", "--size-data", "4M"]
        );
        await RepoToolsAsync(
            ["host", "create", factory, "--disk", disk, "--repository", Sandbox.NobodyListens, "--trust", Trust],
            ["--arch", "x86_64", "--seed", "7"]
        );
        await CopyAsync(factory, Of("host-judged"));
        var judged = new Sandbox(this, Of("host-judged"));
        (await judged.BootAsync()).Expect(0);
        await judged.MustAsync("confirm");
        await CopyAsync(judged.Host, Of("host-updated"));
        var updated = new Sandbox(this, Of("host-updated"));
        updated.Follow(await ServedAsync("1.1.0"));
        await updated.UpdateAndBootAsync();
        await updated.MustAsync("confirm");
    }
}
