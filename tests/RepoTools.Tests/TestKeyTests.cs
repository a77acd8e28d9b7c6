using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Keys for trials are told apart from real ones, in both halves.</summary>
public sealed class TestKeyTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ManualTime _time = new(TestRepository.Start);

    [Theory]
    [InlineData("trial.pem")]
    [InlineData("trial.pub.pem")]
    public async Task Either_half_of_a_test_key_is_refused_for_a_root_unless_asked_for(string half)
    {
        await MakeAsync();

        var refused = await RootAsync(half);
        Assert.Equal(76, refused.Code);
        Assert.Contains($"{half} is marked as a test key", refused.Error, StringComparison.Ordinal);
        Assert.Contains("--allow-test-keys", refused.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.Of("root.json")));

        Assert.Equal(0, (await RootAsync(half, "--allow-test-keys")).Code);
    }

    [Fact]
    public async Task A_test_key_signs_nothing_unless_asked_to()
    {
        await MakeAsync();
        await RootAsync("trial.pem", "--allow-test-keys");
        string[] sign = ["root", "sign", _directory.Of("root.json"), "--key", _directory.Of("trial.pem")];

        Assert.Equal(76, (await Tool.RunAsync(_time, sign)).Code);
        Assert.Equal(0, (await Tool.RunAsync(_time, [.. sign, "--allow-test-keys"])).Code);

        var (repo, key) = (_directory.Of("repo"), _directory.Of("trial.pem"));
        await Tool.RunAsync(_time, "repo", "create", repo, "--root", _directory.Of("root.json"));
        string[] publish =
        [
            .. (string[])["publish", repo, "--targets-key", key, "--snapshot-key", key],
            .. (string[])["--timestamp-key", key],
        ];
        Assert.Equal(76, (await Tool.RunAsync(_time, publish)).Code);
        Assert.Equal(0, (await Tool.RunAsync(_time, [.. publish, "--allow-test-keys"])).Code);
        string[] refresh = ["timestamp", "refresh", repo, "--timestamp-key", key];
        Assert.Equal(76, (await Tool.RunAsync(_time, refresh)).Code);
        Assert.Equal(0, (await Tool.RunAsync(_time, [.. refresh, "--allow-test-keys"])).Code);
    }

    [Fact]
    public async Task The_mark_survives_encryption_and_openssl_reads_past_it()
    {
        await MakeAsync();
        var (file, secret) = (_directory.Of("trial.pem"), _directory.Of("p"));
        File.WriteAllText(secret, "p");

        await Tool.RunAsync(_time, "key", "encrypt", file, "--new-passphrase-file", secret);
        Assert.Equal(0, (await Tool.WitnessAsync("openssl", "pkey", "-in", file, "-passin", "pass:p", "-noout")).Code);
        await Tool.RunAsync(_time, "key", "decrypt", file, "--passphrase-file", secret);

        Assert.Equal(76, (await RootAsync("trial.pem")).Code);
        var shown = await Tool.RunAsync(_time, "key", "show", file, "--json");
        Assert.True(shown.Json.GetProperty("test").GetBoolean());
        await Tool.RunAsync(_time, "key", "show", file, "--out", _directory.Of("out.pem"));
        Assert.Equal(File.ReadAllText(_directory.Of("trial.pub.pem")), File.ReadAllText(_directory.Of("out.pem")));
    }

    private Task<ToolResult> MakeAsync() =>
        Tool.RunAsync(_time, "key", "generate", _directory.Of("trial.pem"), "--test");

    private Task<ToolResult> RootAsync(string key, params string[] more)
    {
        var file = _directory.Of(key);
        var roles = (string[])["root", "targets", "snapshot", "timestamp"];
        var keys = roles.SelectMany(role => (string[])[$"--{role}-key", file]);
        return Tool.RunAsync(_time, ["root", "create", "--out", _directory.Of("root.json"), .. keys, .. more]);
    }

    public void Dispose() => _directory.Dispose();
}
