using RepoTools.Keys;
using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>Root files of a ceremony: three root keys of which two must sign, and one key for each online role.</summary>
internal sealed class TestRoot : IDisposable
{
    private readonly TempDirectory _directory = new();

    public ManualTime Time { get; } = new(TestRepository.Start);

    public string Path => _directory.Of("root.json");

    public string Of(string name) => _directory.Of(name);

    /// <summary>The private key of a person or role; made when it is asked for first.</summary>
    public string Key(string name)
    {
        var path = _directory.Of($"{name}.pem");
        return File.Exists(path) ? path : _directory.Key($"{name}.pem");
    }

    public string Public(string name) => KeyFiles.PublicPathOf(Key(name));

    public string Id(string name) => SigningKeys.ReadPublic(Key(name), KeyAccess.Standard).ComputeKeyId();

    /// <param name="signers">Who signs it.</param>
    public static async Task<TestRoot> CreateAsync(params string[] signers)
    {
        var root = new TestRoot();
        await root.MustAsync(
            ["root", "create", "--out", root.Path, "--root-threshold", "2"],
            ["--root-key", root.Public("ann"), "--root-key", root.Public("bob"), "--root-key", root.Public("cyd")],
            ["--targets-key", root.Public("targets"), "--snapshot-key", root.Public("snapshot")],
            ["--timestamp-key", root.Public("timestamp")]
        );
        if (signers.Length > 0)
        {
            await root.MustAsync(["root", "sign", root.Path], root.Keys(signers));
        }

        return root;
    }

    public string[] Keys(params string[] names) => [.. names.SelectMany(n => new[] { "--key", Key(n) })];

    public Task<ToolResult> RunAsync(params string[][] args) => Tool.RunAsync(Time, [.. args.SelectMany(a => a)]);

    public async Task<ToolResult> MustAsync(params string[][] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.Code == 0, $"exit {result.Code}: {result.Error}");
        return result;
    }

    /// <summary>What `root show --json` says.</summary>
    public async Task<RootAnswer> ShowAsync(string file, string? previous = null)
    {
        string[] old = previous is null ? [] : ["--previous", previous];
        var shown = await MustAsync(["root", "show", file, "--json"], old);
        return System.Text.Json.JsonSerializer.Deserialize(
            shown.Out,
            RepoTools.Commands.AnswersJson.Default.RootAnswer
        )!;
    }

    public void Edit(string file, Func<string, string> change) =>
        File.WriteAllText(file, change(File.ReadAllText(file)));

    public void Dispose() => _directory.Dispose();
}
