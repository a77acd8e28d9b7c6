using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using UpdateEngine;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Keys in PKCS #11 tokens, with a real module.</summary>
public sealed class TokenKeyTests
{
    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa-p256")]
    [InlineData("ecdsa-p384")]
    [InlineData("rsa-3072")]
    public async Task A_key_in_a_token_signs_as_the_same_key_in_a_file_does(string type)
    {
        using var hsm = await SoftToken.CreateAsync("publisher");
        var file = await hsm.AddAsync("publisher", "key", type, "01");
        using var inFile = SigningKeys.Open([file], KeyAccess.Standard);

        using var inToken = SigningKeys.Open([hsm.Uri("publisher", "object=key")], KeyAccess.Standard);

        var (key, other) = (inToken[0].Signer, inFile[0].Signer);
        Assert.Equal(other.PublicKey.ComputeKeyId(), key.PublicKey.ComputeKeyId());
        Assert.True(other.PublicKey.Verify("the message"u8, key.Sign("the message"u8)));
        Assert.True(other.PublicKey.Verify("another"u8, key.Sign("another"u8)));
    }

    [Theory]
    [InlineData("0102", "3006020101020102")]
    [InlineData("00010002", "3006020101020102")]
    [InlineData("80ff00ff", "300902030080ff020200ff")]
    [InlineData("00000000", "3006020100020100")]
    public void Integers_of_a_token_become_the_shortest_der_form(string raw, string der) =>
        Assert.Equal(der, Convert.ToHexStringLower(EcdsaSignature.ToDer(Convert.FromHexString(raw))));

    [Fact]
    public async Task A_key_that_the_token_made_itself_signs_too()
    {
        using var hsm = await SoftToken.CreateAsync("publisher");
        await SoftToken.MakeAsync("publisher", "key", "EC:edwards25519", "01");

        using var keys = SigningKeys.Open([hsm.Uri("publisher", "id=%01")], KeyAccess.Standard);

        Assert.True(keys[0].Signer.PublicKey.Verify("m"u8, keys[0].Signer.Sign("m"u8)));
    }

    [Fact]
    public async Task A_whole_repository_is_published_with_keys_in_two_tokens()
    {
        var time = new ManualTime(TestRepository.Start);
        using var hsm = await SoftToken.CreateAsync("safe", "online");
        await hsm.AddAsync("safe", "root", "ecdsa-p384", "01");
        await hsm.AddAsync("safe", "targets", "rsa-3072", "02");
        await hsm.AddAsync("online", "timestamp", "ed25519", "03");
        var (root, targets) = (hsm.Uri("safe", "object=root"), hsm.Uri("safe", "id=%02"));
        var online = hsm.Uri("online", "object=timestamp");
        string[] roles = ["--targets-key", targets, "--snapshot-key", online, "--timestamp-key", online];

        string[] shown = ["key", "show", root, "--out", hsm.Of("root.pub.pem")];
        foreach (
            var command in (string[][])
                [
                    shown,
                    ["root", "create", "--out", hsm.Of("root.json"), "--root-key", hsm.Of("root.pub.pem"), .. roles],
                    ["root", "sign", hsm.Of("root.json"), "--key", root],
                    ["repo", "create", hsm.Of("repo"), "--root", hsm.Of("root.json")],
                    ["publish", hsm.Of("repo"), .. roles],
                    ["timestamp", "refresh", hsm.Of("repo"), "--timestamp-key", online],
                ]
        )
        {
            var result = await Tool.RunAsync(time, command);
            Assert.True(result.Code == 0, $"{command[0]} {command[1]}: {result.Error}");
        }
    }

    [Fact]
    public async Task A_wrong_pin_is_one_clear_sentence_and_does_not_show_the_pin()
    {
        using var hsm = await SoftToken.CreateAsync("publisher");
        await hsm.AddAsync("publisher", "key", "ed25519", "01");
        File.WriteAllText(hsm.PinFile, "987654");

        var message = Refusal(hsm.Uri("publisher", "object=key"));

        Assert.Contains("The PIN of the token \"publisher\" is wrong", message, StringComparison.Ordinal);
        Assert.DoesNotContain("987654", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_token_names_those_that_are_there()
    {
        using var hsm = await SoftToken.CreateAsync("publisher");

        var message = Refusal(hsm.Uri("other", "object=key"));

        Assert.Contains("no token matches", message, StringComparison.Ordinal);
        Assert.Contains("\"publisher\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_key_is_said_to_be_missing()
    {
        using var hsm = await SoftToken.CreateAsync("publisher");

        Assert.Contains("no such private key", Refusal(hsm.Uri("publisher", "object=k")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_two_keys_with_the_same_label_none_is_taken_but_the_id_decides()
    {
        using var hsm = await SoftToken.CreateAsync("publisher");
        await hsm.AddAsync("publisher", "key", "ed25519", "01");
        var second = await hsm.AddAsync("publisher", "key", "ed25519", "02");

        Assert.Contains("several private keys", Refusal(hsm.Uri("publisher", "object=key")), StringComparison.Ordinal);
        using var chosen = SigningKeys.Open([hsm.Uri("publisher", "object=key;id=%02")], KeyAccess.Standard);
        using var expected = SigningKeys.Open([second], KeyAccess.Standard);
        Assert.Equal(expected[0].Signer.PublicKey.Value, chosen[0].Signer.PublicKey.Value);
    }

    [Fact]
    public async Task Of_two_tokens_with_the_same_label_none_is_taken()
    {
        using var hsm = await SoftToken.CreateAsync("publisher", "publisher");

        Assert.Contains("2 tokens match", Refusal(hsm.Uri("publisher", "object=key")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/nonexistent/module.so", "can't be loaded")]
    [InlineData("/etc/hostname", "can't be loaded")]
    [InlineData("libsodium.so.23", "is no PKCS #11 module")]
    public void What_is_no_module_is_refused(string path, string why) =>
        Assert.Contains(why, Refusal($"pkcs11:object=k?module-path={path}"), StringComparison.Ordinal);

    [Fact]
    public async Task The_environment_may_hold_the_pin()
    {
        using var hsm = await SoftToken.CreateAsync("publisher");
        await hsm.AddAsync("publisher", "key", "ed25519", "01");
        var uri = $"pkcs11:token=publisher;object=key?module-path={SoftToken.Module}";
        Assert.Contains("REPO_TOOLS_PIN", Refusal(uri), StringComparison.Ordinal);

        using (new EnvironmentValue("REPO_TOOLS_PIN", SoftToken.Pin))
        {
            SigningKeys.Open([uri], KeyAccess.Standard).Dispose();
        }

        using (new EnvironmentValue("SIGNING_KEY", $"{uri}&pin-value={SoftToken.Pin}"))
        {
            SigningKeys.Open(["env:SIGNING_KEY"], KeyAccess.Standard).Dispose();
        }

        using (new EnvironmentValue("SIGNING_KEY", $"{uri}&pin-value=987654"))
        {
            var message = Refusal("env:SIGNING_KEY");
            Assert.Contains("is wrong", message, StringComparison.Ordinal);
            Assert.DoesNotContain("987654", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("pkcs11:object=k?module-path=/m.so&pin-value=987654")]
    [InlineData("pkcs11:object=k?module-path=/m.so&PIN-VALUE=987654")]
    public void A_pin_on_the_command_line_is_refused_and_not_shown(string uri)
    {
        var message = Refusal(uri);

        Assert.Contains("A PIN must not stand on the command line", message, StringComparison.Ordinal);
        Assert.DoesNotContain("987654", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pkcs11:object=k", "no module-path")]
    [InlineData("pkcs11:token=t?module-path=/m.so", "neither object nor id")]
    [InlineData("pkcs11:object=k;colour=red?module-path=/m.so", "\"colour\" is no attribute")]
    [InlineData("pkcs11:object=k;object=l?module-path=/m.so", "object twice")]
    [InlineData("pkcs11:object=k;type=cert?module-path=/m.so", "its type is no key")]
    [InlineData("pkcs11:", "\"\" is no attribute")]
    public void A_uri_that_could_mean_another_key_is_refused(string uri, string why) =>
        Assert.Contains(why, Refusal(uri), StringComparison.Ordinal);

    private static string Refusal(string key)
    {
        var refused = Assert.Throws<UpdateException>(() => SigningKeys.Open([key], KeyAccess.Standard));
        return $"{refused.Message} {refused.NextStep}";
    }
}
