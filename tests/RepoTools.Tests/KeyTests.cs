using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace RepoTools.Tests;

public sealed class KeyTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Openssl_reads_a_generated_key_and_finds_the_same_public_half()
    {
        var file = _directory.Of("root.pem");
        var result = await Tool.RunAsync(TimeProvider.System, "key", "generate", file);
        Assert.Equal(0, result.Code);

        var openssl = await Tool.WitnessAsync("openssl", "pkey", "-in", file, "-pubout");
        Assert.Equal(0, openssl.Code);
        Assert.Equal(File.ReadAllText(_directory.Of("root.pub.pem")), openssl.Out);
    }

    [Fact]
    public async Task A_key_made_by_openssl_has_the_same_id_in_both_halves()
    {
        var (file, pub) = (_directory.Of("k.pem"), _directory.Of("k.pub.pem"));
        await Tool.WitnessAsync("openssl", "genpkey", "-algorithm", "ed25519", "-out", file);
        await Tool.WitnessAsync("openssl", "pkey", "-in", file, "-pubout", "-out", pub);

        var one = await Tool.RunAsync(TimeProvider.System, "key", "show", file, "--json");
        var two = await Tool.RunAsync(TimeProvider.System, "key", "show", pub, "--json");

        Assert.Equal(0, one.Code);
        Assert.Equal(one.Json.GetProperty("key_id").GetString(), two.Json.GetProperty("key_id").GetString());
    }

    [Fact]
    [Trait("flaw", "X41-python-tuf-2022")]
    public async Task A_private_key_is_for_its_owner_alone()
    {
        await Tool.RunAsync(TimeProvider.System, "key", "generate", _directory.Of("root.pem"));

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory.Of("root.pem")));
    }

    [Fact]
    public async Task A_key_is_never_overwritten()
    {
        var file = _directory.Key("root.pem");
        var before = File.ReadAllText(file);

        var result = await Tool.RunAsync(TimeProvider.System, "key", "generate", file);

        Assert.Equal(76, result.Code);
        Assert.Contains("never overwritten", result.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(file));
    }

    [Fact]
    public async Task Of_two_who_make_a_key_of_the_same_name_at_once_one_is_refused_and_no_key_is_lost()
    {
        var file = _directory.Of("root.pem");
        var other = "";
        DurableFile.AfterStep.Value = _ =>
        {
            // Whoever was faster has both halves before ours gets its name.
            DurableFile.AfterStep.Value = null;
            KeyFiles.Generate(file);
            other = File.ReadAllText(file);
        };

        var result = await Tool.RunAsync(TimeProvider.System, "key", "generate", file);

        Assert.Equal(76, result.Code);
        Assert.Contains("never overwritten", result.Error, StringComparison.Ordinal);
        Assert.Equal(other, File.ReadAllText(file));
        Assert.Equal(2, Directory.EnumerateFiles(_directory.Path).Count());
    }

    [Theory]
    [InlineData("not a key at all")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nMFECAQEwBQYDK2Vw\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMFECAQEwBQYDK2Vw\n-----END ENCRYPTED PRIVATE KEY-----")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMFECAQEw\n-----END RSA PRIVATE KEY-----")]
    public async Task What_is_no_key_is_refused_in_one_sentence(string content)
    {
        File.WriteAllText(_directory.Of("bad.pem"), content);

        var result = await Tool.RunAsync(TimeProvider.System, "key", "show", _directory.Of("bad.pem"));

        Assert.Equal(65, result.Code);
        Assert.Contains("bad.pem can't be used as a key", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_key_is_not_found_and_says_how_to_make_one()
    {
        var result = await Tool.RunAsync(TimeProvider.System, "key", "show", _directory.Of("none.pem"));

        Assert.Equal(66, result.Code);
        Assert.Contains("repo-tools key generate", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _directory.Dispose();
}
