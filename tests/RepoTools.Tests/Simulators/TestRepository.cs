using RepoTools.Keys;
using RepoTools.Publishing;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;

namespace RepoTools.Tests.Simulators;

/// <summary>A repository made by the commands themselves, with one key a role and two for targets.</summary>
internal sealed class TestRepository : IDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 11, 20, 12, 0, 0, TimeSpan.Zero);

    private readonly TempDirectory _directory = new();

    private TestRepository(DateTimeOffset now) => Time = new ManualTime(now);

    public ManualTime Time { get; }
    public string Path => _directory.Of("repo");
    public Workspace Workspace => new(Path);
    public string RootFile => _directory.Of("root.json");

    /// <param name="now">For programs that have no other clock than the real one; <see cref="Start"/> otherwise.</param>
    public static async Task<TestRepository> CreateAsync(int targetsThreshold = 1, DateTimeOffset? now = null)
    {
        var repository = new TestRepository(now ?? Start);
        foreach (var name in (string[])["root", "targets", "targets2", "snapshot", "timestamp", "stranger"])
        {
            repository._directory.Key($"{name}.pem");
        }

        await repository.MustAsync(
            [
                "root",
                "create",
                "--out",
                repository.RootFile,
                "--root-key",
                repository.Key("root"),
                "--targets-key",
                repository.Key("targets"),
            ],
            ["--targets-key", repository.Key("targets2"), "--targets-threshold", $"{targetsThreshold}"],
            ["--snapshot-key", repository.Key("snapshot"), "--timestamp-key", repository.Key("timestamp")]
        );
        await repository.MustAsync(["root", "sign", repository.RootFile, "--key", repository.Key("root")]);
        await repository.MustAsync(["repo", "create", repository.Path, "--root", repository.RootFile]);
        return repository;
    }

    /// <summary>The same files in another directory.</summary>
    public TestRepository Copy()
    {
        var copy = new TestRepository(Time.Now);
        foreach (var path in Directory.EnumerateFileSystemEntries(_directory.Path, "*", SearchOption.AllDirectories))
        {
            var to = copy.Of(System.IO.Path.GetRelativePath(_directory.Path, path));
            Directory.CreateDirectory(Directory.Exists(path) ? to : System.IO.Path.GetDirectoryName(to)!);
            if (File.Exists(path))
            {
                // Past the locks of a writer that is at work, which a copy would respect.
                File.WriteAllBytes(to, DurableFile.Read(path, int.MaxValue - 1));
                File.SetUnixFileMode(to, File.GetUnixFileMode(path));
            }
        }

        return copy;
    }

    public string Key(string name) => _directory.Of($"{name}.pem");

    public void NewKey(string name) => _directory.Key($"{name}.pem");

    public string Of(string name) => _directory.Of(name);

    public string Image(string name, int length, int seed) => _directory.Image(name, length, seed);

    public Task<ToolResult> RunAsync(params string[] args) => Tool.RunAsync(Time, args);

    public async Task<ToolResult> MustAsync(params string[][] args)
    {
        var result = await RunAsync([.. args.SelectMany(a => a)]);
        Xunit.Assert.True(result.Code == 0, $"exit {result.Code}: {result.Error}");
        return result;
    }

    public Task<ToolResult> AddAsync(string version, params string[] more) =>
        RunAsync([
            .. (string[])
                ["release", "add", Path, "--version", version, "--variant", "demo", "--arch", "x86_64", "--level", "1"],
            .. (string[])
                [
                    "--boot",
                    Image("boot.img", 5000, version.Length),
                    "--root",
                    Image("root.img", 70_000, version.Sum(c => c)),
                ],
            .. more,
        ]);

    /// <summary>By the one key of the first root, as its successor.</summary>
    public Task SignRootAsync(string next) =>
        MustAsync(["root", "sign", next, "--previous", RootFile, "--key", Key("root")]);

    /// <summary>A target of no release, which says hello.</summary>
    public Task<ToolResult> AddHelloAsync(string name)
    {
        File.WriteAllText(Of("hello.txt"), "hello");
        return MustAsync(["target", "add", Path, Of("hello.txt"), "--name", name]);
    }

    /// <summary>A role of its own for apps/*, with a target that says hello; published.</summary>
    public async Task PublishAppsAsync()
    {
        NewKey("apps");
        await MustAsync(["delegation", "add", Path, "apps", "--key", Key("apps"), "--paths", "apps/*"]);
        await AddHelloAsync("apps/hello.txt");
        await MustAsync(PublishArguments(), ["--role-key", $"apps={Key("apps")}"]);
    }

    public string[] PublishArguments(params string[] targetsKeys) =>
        [
            "publish",
            Path,
            .. (targetsKeys.Length == 0 ? ["targets"] : targetsKeys).SelectMany(k => new[] { "--targets-key", Key(k) }),
            "--snapshot-key",
            Key("snapshot"),
            "--timestamp-key",
            Key("timestamp"),
        ];

    public SigningPlan Plan()
    {
        SigningKeys Keys(string name) => SigningKeys.Open([Key(name)], KeyAccess.Standard);
        var week = TimeSpan.FromDays(7);
        return new SigningPlan(Keys("targets"), Keys("snapshot"), Keys("timestamp"), week, week, week);
    }

    /// <summary>What a host finds there or in a copy, with the repository's first root as its trust anchor or another one: every image it could choose is read and verified.</summary>
    public async Task<(RefreshResult Refresh, Manifest? Manifest)> ReadAsHostAsync(
        string store = "store",
        string? copy = null,
        string? anchor = null
    )
    {
        var client = Hosts.Open(new Workspace(copy ?? Path), anchor ?? RootFile, Of(store), Time);
        var refresh = await client.RefreshAsync(default);
        if (await client.FindTargetAsync(new TargetName(Manifest.DefaultTargetName), default) is not { } target)
        {
            return (refresh, null);
        }

        var manifest = Manifest.Parse(await client.ReadTargetAsync(target, Manifest.MaxBytes, default));
        foreach (var image in manifest.Updates.SelectMany(u => u.Images.Values))
        {
            var file =
                await client.FindTargetAsync(new TargetName(image), default)
                ?? throw new InvalidOperationException($"{image} is no target");
            _ = await client.ReadTargetAsync(file, file.Length, default);
        }
        return (refresh, manifest);
    }

    public void Dispose() => _directory.Dispose();
}
