using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>A SoftHSM with tokens of its own for one test: a real PKCS #11 module, no hardware.</summary>
internal sealed class SoftToken : IDisposable
{
    public const string Module = "/usr/lib/softhsm/libsofthsm2.so";
    public const string Pin = "1234";

    private readonly TempDirectory _directory = new();
    private readonly EnvironmentValue _configuration;

    private SoftToken()
    {
        Directory.CreateDirectory(_directory.Of("tokens"));
        File.WriteAllText(
            _directory.Of("softhsm2.conf"),
            $"directories.tokendir = {_directory.Of("tokens")}\nobjectstore.backend = file\nlog.level = ERROR\n"
        );
        _configuration = new EnvironmentValue("SOFTHSM2_CONF", _directory.Of("softhsm2.conf"));
        PinFile = _directory.Of("pin");
        File.WriteAllText(PinFile, Pin + "\n");
        File.SetUnixFileMode(PinFile, RepoTools.Keys.KeyFiles.PrivateMode);
    }

    public string PinFile { get; }

    /// <summary>Skips the test where SoftHSM is not installed.</summary>
    public static async Task<SoftToken> CreateAsync(params string[] tokens)
    {
        Assert.SkipUnless(File.Exists(Module), "softhsm2 is not installed");
        var all = new SoftToken();
        foreach (var token in tokens)
        {
            await RunAsync("--init-token", "--free", "--label", token, "--pin", Pin, "--so-pin", "5678");
        }

        return all;
    }

    public string Of(string name) => _directory.Of(name);

    public string Uri(string token, string key) =>
        $"pkcs11:token={token};{key}?module-path={Module}&pin-source=file:{PinFile}";

    /// <summary>A new key of a kind, in the token; its file is NAME.pem.</summary>
    public async Task<string> AddAsync(string token, string name, string type, string id)
    {
        var file = Of($"{name}-{id}.pem");
        await Tool.RunAsync(TimeProvider.System, "key", "generate", file, "--type", type);
        await RunAsync("--import", file, "--token", token, "--label", name, "--id", id, "--pin", Pin);
        return file;
    }

    /// <summary>A new key that the token makes itself and never gives away.</summary>
    /// <param name="type">As pkcs11-tool calls it: EC:edwards25519, EC:prime256v1, EC:secp384r1, rsa:3072.</param>
    public static async Task MakeAsync(string token, string name, string type, string id)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/pkcs11-tool"), "opensc is not installed");
        var made = await AskAsync(token, "--keypairgen", "--key-type", type, "--label", name, "--id", id);
        Assert.True(made.Code == 0, made.Error);
    }

    /// <summary>Another program in front of the same token.</summary>
    public static Task<ToolResult> AskAsync(string token, params string[] args) =>
        Tool.WitnessAsync(
            "pkcs11-tool",
            [.. (string[])["--module", Module, "--token-label", token, "--login", "--pin", Pin], .. args]
        );

    /// <summary>As if all tokens were pulled out.</summary>
    public void Remove()
    {
        foreach (var token in Directory.EnumerateDirectories(_directory.Of("tokens")))
        {
            Directory.Delete(token, recursive: true);
        }
    }

    private static async Task RunAsync(params string[] args)
    {
        var result = await Tool.WitnessAsync("softhsm2-util", args);
        Assert.True(result.Code == 0, result.Out + result.Error);
    }

    public void Dispose()
    {
        _configuration.Dispose();
        _directory.Dispose();
    }
}
