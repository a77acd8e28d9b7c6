using System.Security.Cryptography;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Keys that never come near these tools: openssl signs the payload.</summary>
public sealed class OfflineSigningTests
{
    [Theory]
    [InlineData("raw")]
    [InlineData("hex")]
    [InlineData("base64")]
    public async Task A_payload_that_openssl_signed_counts_once_it_is_attached(string form)
    {
        using var root = await TestRoot.CreateAsync("ann");
        var payload = root.Of("payload.bin");
        var exported = await root.MustAsync(["payload", "export", root.Path, "--out", payload, "--json"]);
        var signature = await SignAsync(root, "bob", payload);
        Rewrite(signature, form);

        var attached = await root.MustAsync(Attach(root, "bob", signature));

        var digest = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(payload)));
        Assert.Equal(digest, exported.Json.GetProperty("sha256").GetString());
        Assert.Contains("2 of 2 signatures", attached.Out, StringComparison.Ordinal);
        await root.MustAsync(["root", "verify", root.Path]);
    }

    [Fact]
    public async Task The_summary_beside_the_payload_says_who_may_sign_what_and_the_digest()
    {
        using var root = await TestRoot.CreateAsync();
        var payload = root.Of("payload.bin");

        await root.MustAsync(["payload", "export", root.Path, "--out", payload]);

        var summary = File.ReadAllText(payload + ".txt");
        Assert.Contains(
            Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(payload))),
            summary,
            StringComparison.Ordinal
        );
        Assert.Contains("root version 1, expires 2027-11-20 12:00:00 UTC", summary, StringComparison.Ordinal);
        Assert.All(
            (string[])["ann", "bob", "cyd", "targets"],
            name => Assert.Contains(root.Id(name), summary, StringComparison.Ordinal)
        );
        Assert.Contains("openssl pkeyutl -sign -rawin", summary, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_this_keys_signature_over_this_content_is_refused_with_the_reason()
    {
        using var root = await TestRoot.CreateAsync("ann");
        var (payload, digest, empty) = (root.Of("payload.bin"), root.Of("digest.bin"), root.Of("empty"));
        await root.MustAsync(["payload", "export", root.Path, "--out", payload]);
        File.WriteAllBytes(digest, SHA256.HashData(File.ReadAllBytes(payload)));
        File.WriteAllText(empty, "\n");
        var before = File.ReadAllBytes(root.Path);

        await RefusedAsync(await SignAsync(root, "cyd", payload), "another key's");
        await RefusedAsync(await SignAsync(root, "bob", root.Path), "over the whole file");
        await RefusedAsync(await SignAsync(root, "bob", digest), "over the payload's SHA-256");
        await RefusedAsync(empty, "not one of the key");
        Assert.Equal(before, File.ReadAllBytes(root.Path));

        var early = await SignAsync(root, "bob", payload);
        await root.MustAsync(["root", "set-threshold", root.Path, "root", "3"]);
        await RefusedAsync(early, "the file has changed since");

        async Task RefusedAsync(string signature, string reason)
        {
            var result = await root.RunAsync(Attach(root, "bob", signature));
            Assert.Equal(65, result.Code);
            Assert.Contains(reason, result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_key_that_may_not_sign_the_file_is_refused_even_if_its_signature_is_right()
    {
        using var root = await TestRoot.CreateAsync();
        var payload = root.Of("payload.bin");
        await root.MustAsync(["payload", "export", root.Path, "--out", payload]);

        var result = await root.RunAsync(Attach(root, "targets", await SignAsync(root, "targets", payload)));

        Assert.Equal(65, result.Code);
        Assert.Contains("is not one of the root keys", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_of_the_old_root_signs_elsewhere_too()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var (next, payload) = (root.Of("root-2.json"), root.Of("payload.bin"));
        await root.MustAsync([
            "root",
            "rotate",
            root.Path,
            "--old",
            root.Key("bob"),
            "--new",
            root.Key("dan"),
            "--out",
            next,
        ]);
        await root.MustAsync(["root", "sign", next], root.Keys("ann", "dan"));
        await root.MustAsync(["payload", "export", next, "--out", payload]);

        await root.MustAsync(
            ["signature", "attach", next, "--previous", root.Path, "--key", root.Public("bob")],
            ["--signature", await SignAsync(root, "bob", payload)]
        );

        await root.MustAsync(["root", "verify", next, "--previous", root.Path]);
    }

    [Fact]
    public async Task Targets_are_signed_elsewhere_too_and_counted_by_a_root()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        var (targets, payload) = (repository.Of("targets.json"), repository.Of("payload.bin"));
        File.Copy(repository.Workspace.Versioned("targets", 1), targets);
        await repository.MustAsync(["payload", "export", targets, "--out", payload]);
        string[] attach = ["signature", "attach", targets, "--root", repository.RootFile];

        var signature = await OpensslAsync(repository.Key("targets2"), payload, repository.Of("sig"));
        var answer = await repository.MustAsync(
            attach,
            ["--key", repository.Key("targets2"), "--signature", signature, "--json"]
        );
        signature = await OpensslAsync(repository.Key("stranger"), payload, repository.Of("sig"));
        var stranger = await repository.RunAsync([
            .. attach,
            "--key",
            repository.Key("stranger"),
            "--signature",
            signature,
        ]);

        Assert.Equal(2, answer.Json.GetProperty("signatures").GetInt32());
        Assert.Equal(65, stranger.Code);
        Assert.Contains("may not sign targets", stranger.Error, StringComparison.Ordinal);
    }

    private static string[] Attach(TestRoot root, string name, string signature) =>
        ["signature", "attach", root.Path, "--key", root.Public(name), "--signature", signature];

    private static Task<string> SignAsync(TestRoot root, string name, string file) =>
        OpensslAsync(root.Key(name), file, root.Of($"{name}.sig"));

    private static async Task<string> OpensslAsync(string key, string file, string signature)
    {
        var result = await Tool.WitnessAsync(
            "openssl",
            ["pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", file, "-out", signature]
        );
        Assert.True(result.Code == 0, result.Error);
        return signature;
    }

    private static void Rewrite(string path, string form)
    {
        var raw = File.ReadAllBytes(path);
        switch (form)
        {
            case "hex":
                File.WriteAllText(path, Convert.ToHexString(raw) + "\n");
                break;
            case "base64":
                File.WriteAllText(path, Convert.ToBase64String(raw, Base64FormattingOptions.InsertLineBreaks) + "\n");
                break;
        }
    }
}
