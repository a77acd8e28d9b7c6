using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Tests.Simulators;

/// <summary>What a host with our own client finds in a test's repository, and commands about delegations in few words.</summary>
internal static class Hosts
{
    /// <param name="store">The same name is a host with a memory; another one is a new host.</param>
    public static async Task<TufClient> HostAsync(this TestRepository repository, string store = "store")
    {
        Directory.CreateDirectory(repository.Of(store));
        var client = TufClient.Open(
            new TufClientOptions
            {
                TrustedRoot = File.ReadAllBytes(repository.RootFile),
                MetadataDirectory = repository.Of(store),
                Transport = new FileTransport(),
                MetadataUrl = new Uri(repository.Workspace.Metadata),
                TargetsUrl = new Uri(repository.Workspace.Targets),
                Time = repository.Time,
            }
        );
        await client.RefreshAsync(default);
        return client;
    }

    /// <summary>The content of a target as a new host reads it; null when it finds none.</summary>
    public static async Task<string?> ReadAsync(this TestRepository repository, string target, string? store = null)
    {
        var client = await repository.HostAsync(store ?? $"store{Guid.NewGuid():n}");
        return await client.FindTargetAsync(new TargetName(target), default) is { } file
            ? System.Text.Encoding.UTF8.GetString(await client.ReadTargetAsync(file, 1000, default))
            : null;
    }

    public static async Task<TargetFile?> FindAsync(this TestRepository repository, string target, string store) =>
        await (await repository.HostAsync(store)).FindTargetAsync(new TargetName(target), default);

    /// <summary>Makes a key, and delegates to a role of the same name.</summary>
    public static async Task DelegateAsync(this TestRepository repository, string role, params string[] more)
    {
        repository.NewKey(role);
        await repository.MustAsync(["delegation", "add", repository.Path, role, "--key", repository.Key(role)], more);
    }

    /// <summary>Makes the key "bins", and leaves all targets to bins "bin-0" on that it signs.</summary>
    public static async Task BinsAsync(this TestRepository repository, int count)
    {
        repository.NewKey("bins");
        await repository.MustAsync(
            ["delegation", "bins", repository.Path, "--count", $"{count}", "--prefix", "bin"],
            ["--key", repository.Key("bins")]
        );
    }

    public static string TextFile(this TestRepository repository, string name, string content)
    {
        File.WriteAllText(repository.Of(name), content);
        return repository.Of(name);
    }

    /// <summary>Publish with all top-level keys and these roles' own: "apps" or "bin-*=bins".</summary>
    public static string[] PublishRoles(this TestRepository repository, params string[] roles) =>
        [.. repository.PublishArguments(), .. repository.RoleKeys(roles)];

    /// <summary>Publish without a key of targets.</summary>
    public static string[] PublishOnlyRoles(this TestRepository repository, params string[] roles) =>
        [
            "publish",
            repository.Path,
            "--snapshot-key",
            repository.Key("snapshot"),
            "--timestamp-key",
            repository.Key("timestamp"),
            .. repository.RoleKeys(roles),
        ];

    /// <summary>Everything that is served, by name.</summary>
    public static Dictionary<string, string> Metadata(this TestRepository repository) =>
        Directory
            .EnumerateFiles(repository.Workspace.Metadata)
            .ToDictionary(p => Path.GetFileName(p), p => Convert.ToBase64String(File.ReadAllBytes(p)));

    public static IEnumerable<string> RoleKeys(this TestRepository repository, string[] roles) =>
        roles.SelectMany(role =>
        {
            var parts = role.Split('=');
            return new[] { "--role-key", $"{parts[0]}={repository.Key(parts[^1])}" };
        });
}
