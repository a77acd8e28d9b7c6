using System.Globalization;
using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Every kind of key, with openssl as the witness in both directions.</summary>
public sealed class KeyTypeTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public static TheoryData<string, string, string> Kinds =>
        new()
        {
            { "ed25519", "ed25519", "-algorithm ed25519" },
            { "ecdsa-p256", "ecdsa-sha2-nistp256", "-algorithm EC -pkeyopt ec_paramgen_curve:P-256" },
            { "ecdsa-p384", "ecdsa-sha2-nistp384", "-algorithm EC -pkeyopt ec_paramgen_curve:P-384" },
            { "rsa-3072", "rsassa-pss-sha256", "-algorithm RSA -pkeyopt rsa_keygen_bits:3072" },
        };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Openssl_verifies_what_a_generated_key_signs(string type, string scheme, string _)
    {
        var file = _directory.Of("k.pem");
        var made = await Tool.RunAsync(TimeProvider.System, "key", "generate", file, "--type", type, "--json");
        Assert.Equal((0, scheme), (made.Code, made.Json.GetProperty("scheme").GetString()));
        File.WriteAllText(_directory.Of("message"), "the message");

        using (var keys = SigningKeys.Open([file], KeyAccess.Standard))
        {
            File.WriteAllBytes(_directory.Of("signature"), keys[0].Signer.Sign("the message"u8));
        }

        await MustAsync($"{Verification(type)} k.pub.pem -sigfile signature -in message");
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_key_of_openssl_signs_and_has_the_same_id_in_both_halves(string _, string scheme, string how)
    {
        await MustAsync($"genpkey {how} -out k.pem");
        await MustAsync("pkey -in k.pem -pubout -out k.pub.pem");

        var shown = await Tool.RunAsync(TimeProvider.System, "key", "show", _directory.Of("k.pub.pem"), "--json");
        using var keys = SigningKeys.Open([_directory.Of("k.pem")], KeyAccess.Standard);

        Assert.Equal(scheme, shown.Json.GetProperty("scheme").GetString());
        Assert.Equal(shown.Json.GetProperty("key_id").GetString(), keys[0].Signer.PublicKey.ComputeKeyId());
        Assert.True(keys[0].Signer.PublicKey.Verify("m"u8, keys[0].Signer.Sign("m"u8)));
        Assert.Equal(File.ReadAllText(_directory.Of("k.pub.pem")), keys[0].Signer.PublicKey.ToSpkiPem());
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Openssl_opens_an_encrypted_key_and_we_open_what_it_encrypts(string type, string scheme, string _)
    {
        var (file, secret) = (_directory.Of("k.pem"), _directory.Of("p.txt"));
        // Where openssl takes two passphrases of one file, they are its two lines.
        File.WriteAllText(secret, "correct horse\ncorrect horse\n");
        string[] with = ["--passphrase-file", secret, "--json"];
        var made = await Tool.RunAsync(
            TimeProvider.System,
            ["key", "generate", file, "--type", type, "--encrypt", .. with]
        );
        Assert.Equal((0, scheme), (made.Code, made.Json.GetProperty("scheme").GetString()));
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", File.ReadAllText(file), StringComparison.Ordinal);

        await MustAsync("pkcs8 -in k.pem -passin file:p.txt -topk8 -passout file:p.txt -v2 aes-128-cbc -out again.pem");

        var read = await Tool.RunAsync(TimeProvider.System, ["key", "show", _directory.Of("again.pem"), .. with]);
        Assert.Equal(made.Json.GetProperty("key_id").GetString(), read.Json.GetProperty("key_id").GetString());
    }

    [Fact]
    public async Task A_key_in_the_older_form_of_openssl_is_refused_with_the_command_that_converts_it()
    {
        await MustAsync("genrsa -traditional -out old.pem 2048");

        var result = await Tool.RunAsync(TimeProvider.System, "key", "show", _directory.Of("old.pem"));

        Assert.Equal(65, result.Code);
        Assert.Contains("openssl pkcs8 -topk8", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_whole_repository_works_with_other_kinds_of_keys()
    {
        var time = new ManualTime(TestRepository.Start);
        foreach (
            var (name, type) in ((string, string)[])
                [("root", "ecdsa-p384"), ("other", "ecdsa-p256"), ("rsa", "rsa-3072")]
        )
        {
            await OkAsync("key", "generate", _directory.Of($"{name}.pem"), "--type", type);
        }

        string Of(string name) => _directory.Of(name);
        await OkAsync(
            "root create --out {root.json} --root-key {root.pub.pem} --targets-key {rsa.pub.pem}"
                + " --snapshot-key {other.pub.pem} --timestamp-key {other.pub.pem}"
        );
        await OkAsync("root sign {root.json} --key {root.pem}");
        await OkAsync("repo create {repo} --root {root.json}");
        await OkAsync("publish {repo} --targets-key {rsa.pem} --snapshot-key {other.pem} --timestamp-key {other.pem}");
        await OkAsync("status {repo}");

        async Task OkAsync(params string[] line)
        {
            string[] args =
                line.Length > 1 ? line : [.. line[0].Split(' ').Select(w => w[0] == '{' ? Of(w[1..^1]) : w)];
            var result = await Tool.RunAsync(time, args);
            Assert.True(result.Code == 0, result.Error);
        }
    }

    private static string Verification(string type) =>
        type switch
        {
            "ed25519" => "pkeyutl -verify -rawin -pubin -inkey",
            "ecdsa-p256" => "pkeyutl -verify -rawin -digest sha256 -pubin -inkey",
            "ecdsa-p384" => "pkeyutl -verify -rawin -digest sha384 -pubin -inkey",
            _ => "pkeyutl -verify -rawin -digest sha256 -pkeyopt rsa_padding_mode:pss -pubin -inkey",
        };

    private async Task MustAsync(string arguments)
    {
        var files = Directory.GetFiles(_directory.Path).Select(Path.GetFileName).ToHashSet(StringComparer.Ordinal);
        string Word(string word) =>
            word.EndsWith(".pem", StringComparison.Ordinal) || files.Contains(word) ? _directory.Of(word)
            : word.StartsWith("file:", StringComparison.Ordinal) ? $"file:{_directory.Of(word[5..])}"
            : word;
        var result = await Tool.WitnessAsync("openssl", [.. arguments.Split(' ').Select(Word)]);
        Assert.True(result.Code == 0, string.Create(CultureInfo.InvariantCulture, $"{result.Code}: {result.Error}"));
    }

    public void Dispose() => _directory.Dispose();
}
