using RepoTools.Keys;
using UpdateEngine.Tuf.Metadata;
using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>A repository with a release, whose roots come one after the other, each with the keys of some roles replaced.</summary>
internal sealed class RootRotation : IDisposable
{
    private readonly Dictionary<string, string> _keys = new(StringComparer.Ordinal)
    {
        [Roles.Root] = "root",
        [Roles.Targets] = "targets",
        [Roles.Snapshot] = "snapshot",
        [Roles.Timestamp] = "timestamp",
    };

    private RootRotation(TestRepository repository) => Repository = repository;

    public TestRepository Repository { get; }

    public static async Task<RootRotation> CreateAsync()
    {
        var rotation = new RootRotation(await TestRepository.CreateAsync());
        await rotation.Repository.AddAsync("1.2.0");
        await rotation.PublishAsync();
        return rotation;
    }

    /// <summary>The file of the key that a role has now.</summary>
    public string Key(string role) => Repository.Key(_keys[role]);

    public string File(int version) => Repository.Of($"root-{version}.json");

    /// <summary>Makes and signs the next root, in <see cref="File"/>, and does not publish it.</summary>
    public async Task MakeAsync(int version, params string[] roles)
    {
        var (previous, next) = (Repository.Workspace.Versioned(Roles.Root, version - 1), File(version));
        var oldRoot = Key(Roles.Root);
        await Repository.MustAsync(["root", "bump", previous, "--out", next]);
        foreach (var role in roles)
        {
            var old = Key(role);
            _keys[role] = $"{role}-{version}";
            KeyFiles.Generate(Key(role));
            await Repository.MustAsync(["root", "rotate", next, "--old", old, "--new", Key(role)]);
        }

        await SignAsync(version, oldRoot, Key(Roles.Root));
    }

    public Task SignAsync(int version, params string[] keys) =>
        Repository.MustAsync(
            ["root", "sign", File(version), "--previous", Repository.Workspace.Versioned(Roles.Root, version - 1)],
            [.. keys.Distinct(StringComparer.Ordinal).SelectMany(k => new[] { "--key", k })]
        );

    public Task<ToolResult> InstallAsync(int version, params string[] more) =>
        Repository.RunAsync([.. (string[])["root", "publish", Repository.Path, File(version), "--json"], .. more]);

    /// <returns>The roles that it says must be signed anew.</returns>
    public async Task<string[]> RotateAsync(int version, params string[] roles)
    {
        await MakeAsync(version, roles);
        // By force: old and new keys have not signed together before.
        var result = await InstallAsync(version, "--force");
        Assert.True(result.Code == 0, result.Error);
        return [.. result.Json.GetProperty("sign_anew").EnumerateArray().Select(r => r.GetString()!)];
    }

    public string[] PublishArguments() =>
        [
            .. (string[])["publish", Repository.Path, "--targets-key", Key(Roles.Targets)],
            .. (string[])["--snapshot-key", Key(Roles.Snapshot), "--timestamp-key", Key(Roles.Timestamp)],
        ];

    public Task<ToolResult> PublishAsync() => Repository.MustAsync(PublishArguments());

    public void Dispose() => Repository.Dispose();
}
