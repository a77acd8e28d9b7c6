using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class KeyEncryptionTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly string _key;
    private readonly string _right;

    public KeyEncryptionTests()
    {
        _key = _directory.Of("k.pem");
        _right = Secret("right.txt", "right\n");
    }

    [Fact]
    public async Task A_wrong_passphrase_is_one_clear_sentence()
    {
        await MakeAsync();

        var result = await RunAsync("key", "show", _key, "--passphrase-file", Secret("wrong.txt", "wrong"));

        Assert.Equal(65, result.Code);
        Assert.StartsWith($"The passphrase of {_key} is wrong.", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_passphrase_and_without_a_terminal_it_is_said_how_to_give_one()
    {
        await MakeAsync();

        var result = await RunAsync("key", "show", _key);

        Assert.Equal(65, result.Code);
        Assert.Contains("--passphrase-file FILE or set REPO_TOOLS_PASSPHRASE", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_environment_may_hold_the_passphrase()
    {
        await MakeAsync();

        using var passphrase = new EnvironmentValue("REPO_TOOLS_PASSPHRASE", "right");

        Assert.Equal(0, (await RunAsync("key", "show", _key)).Code);
    }

    [Fact]
    public async Task An_empty_passphrase_encrypts_nothing()
    {
        var result = await RunAsync("key", "generate", _key, "--encrypt", "--passphrase-file", Secret("e.txt", "\n"));

        Assert.Equal(65, result.Code);
        Assert.False(File.Exists(_key));
    }

    [Fact]
    public async Task A_key_is_encrypted_changed_and_decrypted_in_its_place_and_stays_the_same_key_for_its_owner_alone()
    {
        _directory.Key("k.pem");
        var id = await IdAsync();
        var second = Secret("second.txt", "second");
        File.SetUnixFileMode(_key, (UnixFileMode)0b110_100_100);

        await MustAsync("key", "encrypt", _key, "--new-passphrase-file", _right);
        Assert.Equal(KeyFiles.PrivateMode, File.GetUnixFileMode(_key));
        Assert.Equal(id, await IdAsync("--passphrase-file", _right));

        await MustAsync("key", "encrypt", _key, "--passphrase-file", _right, "--new-passphrase-file", second);
        Assert.Equal(65, (await RunAsync("key", "show", _key, "--passphrase-file", _right)).Code);

        await MustAsync("key", "decrypt", _key, "--passphrase-file", second);
        Assert.Equal(id, await IdAsync());
        Assert.Equal(KeyFiles.PrivateMode, File.GetUnixFileMode(_key));
    }

    [Fact]
    public async Task Of_a_link_the_key_behind_it_is_encrypted()
    {
        var real = _directory.Key("real.pem");
        File.CreateSymbolicLink(_key, real);

        await MustAsync("key", "encrypt", _key, "--new-passphrase-file", _right);

        Assert.Contains("ENCRYPTED", File.ReadAllText(real), StringComparison.Ordinal);
        Assert.NotNull(new FileInfo(_key).LinkTarget);
    }

    [Fact]
    public async Task Encrypting_takes_away_what_a_killed_run_left_of_the_same_key_and_nothing_else()
    {
        var plain = File.ReadAllText(_directory.Key("k.pem"));
        var left = _directory.Of($".k.pem.{Path.GetRandomFileName()}.tmp");
        var others = _directory.Of($".other.pem.{Path.GetRandomFileName()}.tmp");
        File.WriteAllText(left, plain);
        File.WriteAllText(others, "of somebody else");

        await MustAsync("key", "encrypt", _key, "--new-passphrase-file", _right);

        Assert.False(File.Exists(left));
        Assert.True(File.Exists(others));
    }

    [Fact]
    public async Task An_encrypted_key_is_for_its_owner_alone_too()
    {
        await MakeAsync();

        Assert.Equal(KeyFiles.PrivateMode, File.GetUnixFileMode(_key));
    }

    [Fact]
    public async Task A_passphrase_file_that_others_may_read_is_warned_about()
    {
        await MakeAsync();
        File.SetUnixFileMode(_right, (UnixFileMode)0b110_100_100);

        var result = await RunAsync("key", "show", _key, "--passphrase-file", _right);

        Assert.Contains($"chmod 600 {_right}", result.Error, StringComparison.Ordinal);
    }

    private Task MakeAsync() => MustAsync("key", "generate", _key, "--encrypt", "--passphrase-file", _right);

    private async Task<string?> IdAsync(params string[] more)
    {
        var shown = await RunAsync(["key", "show", _key, "--json", .. more]);
        return shown.Json.GetProperty("key_id").GetString();
    }

    private string Secret(string name, string text)
    {
        File.WriteAllText(_directory.Of(name), text);
        File.SetUnixFileMode(_directory.Of(name), KeyFiles.PrivateMode);
        return _directory.Of(name);
    }

    private static async Task MustAsync(params string[] args)
    {
        var result = await RunAsync(args);
        Assert.True(result.Code == 0, result.Error);
    }

    private static Task<ToolResult> RunAsync(params string[] args) => Tool.RunAsync(TimeProvider.System, args);

    public void Dispose() => _directory.Dispose();
}
