using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>
/// People with a token each, in which their key was made, and a token for the online roles: no private key of this repository was ever in a file.
/// Two of ann, bob and cyd sign the first root; dan and eve come later.
/// </summary>
internal sealed class TokenCeremony : IDisposable
{
    private const string Online = "online";

    private static readonly (string Token, string Name, string Type)[] s_keys =
    [
        ("ann", "root", "EC:edwards25519"),
        ("bob", "root", "EC:secp384r1"),
        ("cyd", "root", "EC:prime256v1"),
        ("dan", "root", "EC:edwards25519"),
        ("eve", "root", "EC:prime256v1"),
        (Online, "targets", "EC:secp384r1"),
        (Online, "snapshot", "EC:edwards25519"),
        (Online, "timestamp", "EC:prime256v1"),
    ];

    private TokenCeremony(SoftToken tokens) => Tokens = tokens;

    public SoftToken Tokens { get; }
    public ManualTime Time { get; } = new(TestRepository.Start);
    public string RootFile => Of("root.json");
    public string Repository => Of("repo");

    /// <param name="names">Whose keys are made, and of which roles; the public half of each lies in NAME.pub.pem.</param>
    public static async Task<TokenCeremony> CreateAsync(params string[] names)
    {
        var keys = s_keys.Where(k => names.Contains(NameOf(k))).ToArray();
        var tokens = await SoftToken.CreateAsync([.. keys.Select(k => k.Token).Distinct()]);
        var ceremony = new TokenCeremony(tokens);
        foreach (var (index, key) in keys.Index())
        {
            await SoftToken.MakeAsync(key.Token, key.Name, key.Type, $"{index + 1:00}");
            await ceremony.MustAsync(["key", "show", ceremony.Key(NameOf(key)), "--out", ceremony.Public(NameOf(key))]);
        }

        return ceremony;
    }

    public string Of(string name) => Tokens.Of(name);

    public string Public(string name) => Of($"{name}.pub.pem");

    public string Key(string name)
    {
        var key = s_keys.Single(k => NameOf(k) == name);
        return Tokens.Uri(key.Token, $"object={key.Name}");
    }

    public string[] Keys(params string[] names) => [.. names.SelectMany(n => new[] { "--key", Key(n) })];

    /// <summary>root.json, of which two of three must sign; nobody has yet.</summary>
    public Task<ToolResult> CreateRootAsync(params string[] online) =>
        MustAsync(
            ["root", "create", "--out", RootFile, "--root-threshold", "2"],
            [.. ((string[])["ann", "bob", "cyd"]).SelectMany(n => new[] { "--root-key", Public(n) })],
            ["--targets-key", Public(online.Length > 0 ? online[0] : "ann")],
            ["--snapshot-key", Public(online.Length > 0 ? online[1] : "ann")],
            ["--timestamp-key", Public(online.Length > 0 ? online[2] : "ann")]
        );

    public string[] OnlineKeys() =>
        [.. ((string[])["targets", "snapshot", "timestamp"]).SelectMany(r => new[] { $"--{r}-key", Key(r) })];

    public Task<ToolResult> RunAsync(params string[][] args) => Tool.RunAsync(Time, [.. args.SelectMany(a => a)]);

    public async Task<ToolResult> MustAsync(params string[][] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.Code == 0, $"{string.Join(' ', args[0])}: exit {result.Code}: {result.Error}");
        return result;
    }

    private static string NameOf((string Token, string Name, string Type) key) =>
        key.Token == Online ? key.Name : key.Token;

    public void Dispose() => Tokens.Dispose();
}
