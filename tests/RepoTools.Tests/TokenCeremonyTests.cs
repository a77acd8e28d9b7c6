using System.Security.Cryptography;
using System.Text.Json;
using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Ceremonies whose keys were made in tokens and stay there, with a real PKCS #11 module.</summary>
public sealed class TokenCeremonyTests
{
    private static readonly string[] s_people = ["ann", "bob", "cyd", "dan", "eve"];
    private static readonly string[] s_online = ["targets", "snapshot", "timestamp"];

    [Fact]
    public async Task Two_of_three_tokens_carry_a_repository_from_its_first_root_to_the_third_and_hosts_follow()
    {
        using var ceremony = await TokenCeremony.CreateAsync([.. s_people, .. s_online]);
        await ceremony.CreateRootAsync(s_online);
        Assert.Equal(0, (await ShowAsync(ceremony, ceremony.RootFile)).GetProperty("signatures").GetInt32());
        await ceremony.MustAsync(["root", "sign", ceremony.RootFile], ceremony.Keys("ann"));
        var tooFew = await ceremony.RunAsync(["repo", "create", ceremony.Repository, "--root", ceremony.RootFile]);
        Assert.Equal(65, tooFew.Code);
        await SignElsewhereAsync(ceremony, ceremony.RootFile, "cyd");
        await ceremony.MustAsync(["root", "verify", ceremony.RootFile]);
        await ceremony.MustAsync(["repo", "create", ceremony.Repository, "--root", ceremony.RootFile]);
        await ceremony.MustAsync(["publish", ceremony.Repository], ceremony.OnlineKeys());
        Assert.Equal((1, 1), await ReadAsHostAsync(ceremony));

        // Bob goes and Dan comes; then Ann and Cyd go too, at once, and Eve comes in Ann's place.
        await NextAsync(2, ["bob", "dan"], "ann", "cyd", "dan");
        Assert.Equal((2, 1), await ReadAsHostAsync(ceremony));
        await NextAsync(3, ["ann", "eve"], "cyd", "dan", "eve");
        await ceremony.MustAsync(["publish", ceremony.Repository], ceremony.OnlineKeys());
        Assert.Equal((3, 2), await ReadAsHostAsync(ceremony));
        await ceremony.MustAsync([
            "timestamp",
            "refresh",
            ceremony.Repository,
            "--timestamp-key",
            ceremony.Key("timestamp"),
        ]);
        await ceremony.MustAsync(["refresh", ceremony.Repository], ceremony.OnlineKeys()[2..]);
        Assert.Equal((3, 4), await ReadAsHostAsync(ceremony));

        async Task NextAsync(int version, string[] rotated, params string[] signers)
        {
            var (old, next) = (
                new Workspace(ceremony.Repository).Versioned("root", version - 1),
                ceremony.Of($"root-{version}.json")
            );
            await ceremony.MustAsync(
                ["root", "rotate", old, "--old", ceremony.Public(rotated[0])],
                ["--new", ceremony.Public(rotated[1]), "--out", next]
            );
            foreach (var signer in signers)
            {
                await SignElsewhereAsync(ceremony, next, signer, "--previous", old);
            }

            var shown = await ShowAsync(ceremony, next, "--previous", old);
            Assert.Equal(2, shown.GetProperty("previous").GetProperty("signatures").GetInt32());
            await ceremony.MustAsync(["root", "publish", ceremony.Repository, next]);
        }
    }

    /// <summary>Each edit, what `root show --json` says of it, and who must sign the result.</summary>
    public static TheoryData<string, string, string, string> Edits =>
        new()
        {
            { "bump", "", "version=2", "ann bob" },
            { "set-expiry", "2028-01-01T00:00:00Z", "expires=2028-01-01T00:00:00+00:00", "bob cyd" },
            { "set-threshold", "root 3", "root=3 of 3", "ann bob cyd" },
            { "add-key", "--role root --role targets --key dan", "root=2 of 4;targets=1 of 2", "cyd dan ann" },
            { "remove-key", "--role root --key cyd", "root=2 of 2", "ann bob" },
            { "rotate", "--old cyd --new dan", "root=2 of 3", "ann bob" },
        };

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task Each_edit_of_a_root_is_signed_with_tokens_and_says_what_it_changed(
        string edit,
        string words,
        string changed,
        string signers
    )
    {
        using var ceremony = await TokenCeremony.CreateAsync([.. s_people[..4]]);
        await ceremony.CreateRootAsync();
        await ceremony.MustAsync(["root", "sign", ceremony.RootFile], ceremony.Keys("ann", "cyd"));
        var (old, next) = (ceremony.RootFile, ceremony.Of("root-2.json"));
        var before = File.ReadAllBytes(old);

        await ceremony.MustAsync(
            ["root", edit, old],
            [.. Words(words).Select(w => s_people.Contains(w) ? ceremony.Public(w) : w)],
            ["--out", next]
        );

        var shown = await ShowAsync(ceremony, next, "--previous", old);
        Assert.Equal(2, shown.GetProperty("version").GetInt32());
        Assert.Equal(0, shown.GetProperty("signatures").GetInt32());
        Assert.Subset(Facts(shown).ToHashSet(), changed.Split(';').ToHashSet());
        Assert.Equal(65, (await ceremony.RunAsync(["root", "verify", next, "--previous", old])).Code);
        await ceremony.MustAsync(["root", "sign", next, "--previous", old], ceremony.Keys(Words(signers)));
        await ceremony.MustAsync(["root", "verify", next, "--previous", old]);
        Assert.Equal(before, File.ReadAllBytes(old));
    }

    [Theory]
    [InlineData("EC:edwards25519", "EDDSA", null)]
    [InlineData("EC:prime256v1", "ECDSA", "256")]
    [InlineData("EC:secp384r1", "ECDSA", "384")]
    [InlineData("rsa:3072", "SHA256-RSA-PKCS-PSS", null)]
    public async Task What_a_token_signs_in_another_program_is_taken_as_that_program_writes_it(
        string type,
        string mechanism,
        string? digest
    )
    {
        using var tokens = await SoftToken.CreateAsync("ann");
        await SoftToken.MakeAsync("ann", "key", type, "01");
        var (root, key, payload, signature) = (
            tokens.Of("root.json"),
            tokens.Of("key.pub.pem"),
            tokens.Of("payload.bin"),
            tokens.Of("key.sig")
        );
        await MustAsync("key", "show", tokens.Uri("ann", "object=key"), "--out", key);
        await MustAsync([
            .. (string[])["root", "create", "--out", root, "--root-key", key, "--targets-key", key],
            .. (string[])["--snapshot-key", key, "--timestamp-key", key],
        ]);
        await MustAsync("payload", "export", root, "--out", payload);
        var bytes = File.ReadAllBytes(payload);
        // The token signs a digest where its mechanism wants one.
        File.WriteAllBytes(
            tokens.Of("input"),
            digest switch
            {
                "256" => SHA256.HashData(bytes),
                "384" => SHA384.HashData(bytes),
                _ => bytes,
            }
        );

        var signed = await SoftToken.AskAsync(
            "ann",
            [
                "--sign",
                "--mechanism",
                mechanism,
                "--id",
                "01",
                "--input-file",
                tokens.Of("input"),
                "--output-file",
                signature,
            ]
        );

        if (type == "EC:edwards25519" && signed.Code != 0)
        {
            // pkcs11-tool gives longer inputs in parts, which EdDSA does not have.
            await MustAsync("payload", "sign", payload, "--key", tokens.Uri("ann", "id=%01"), "--out", signature);
        }

        await MustAsync("signature", "attach", root, "--key", key, "--signature", signature);
        await MustAsync("root", "verify", root);

        static async Task MustAsync(params string[] args)
        {
            var result = await Tool.RunAsync(new ManualTime(TestRepository.Start), args);
            Assert.True(result.Code == 0, result.Error);
        }
    }

    [Fact]
    public async Task A_payload_is_signed_only_as_what_it_was_announced_to_be()
    {
        using var ceremony = await TokenCeremony.CreateAsync("ann", "bob", "cyd");
        await ceremony.CreateRootAsync();
        var (payload, signature) = (ceremony.Of("payload.bin"), ceremony.Of("bob.sig"));
        var exported = await ceremony.MustAsync(["payload", "export", ceremony.RootFile, "--out", payload, "--json"]);
        var digest = exported.Json.GetProperty("sha256").GetString()!;
        string[] sign = ["payload", "sign", payload, "--key", ceremony.Key("bob"), "--out", signature];

        var other = await ceremony.RunAsync(sign, ["--sha256", new string('0', 64)]);
        Assert.Equal(65, other.Code);
        Assert.Contains(digest, other.Error, StringComparison.Ordinal);
        File.AppendAllText(payload, " ");
        var changed = await ceremony.RunAsync(sign);
        Assert.Equal(65, changed.Code);
        Assert.Contains("not in the form that is signed", changed.Error, StringComparison.Ordinal);
        File.WriteAllText(payload, "hello");
        Assert.Equal(65, (await ceremony.RunAsync(sign)).Code);
        Assert.False(File.Exists(signature));

        await ceremony.MustAsync(["payload", "export", ceremony.RootFile, "--out", payload]);
        var signed = await ceremony.MustAsync(sign, ["--sha256", digest.ToUpperInvariant()]);
        Assert.Contains("root version 1, expires 2027-11-20", signed.Out, StringComparison.Ordinal);
        Assert.Contains(digest, signed.Out, StringComparison.Ordinal);
        // Whose keys get what: this is what is read before the PIN is given.
        Assert.Contains("2 of 3", signed.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("pin", "The PIN of the token")]
    [InlineData("label", "the token has no such private key")]
    [InlineData("token", "no token matches")]
    [InlineData("removed", "no token matches")]
    public async Task A_token_that_does_not_sign_is_one_sentence_and_changes_nothing(string fault, string reason)
    {
        using var ceremony = await TokenCeremony.CreateAsync("ann", "bob", "cyd", "timestamp");
        await ceremony.CreateRootAsync("ann", "ann", "timestamp");
        await ceremony.MustAsync(["root", "sign", ceremony.RootFile], ceremony.Keys("ann", "bob"));
        await ceremony.MustAsync(["repo", "create", ceremony.Repository, "--root", ceremony.RootFile]);
        string[] others = ["--targets-key", ceremony.Key("ann"), "--snapshot-key", ceremony.Key("ann")];
        string[] publish = ["publish", ceremony.Repository, .. others, "--timestamp-key"];
        await ceremony.MustAsync(publish, [ceremony.Key("timestamp")]);
        var payload = ceremony.Of("payload.bin");
        await ceremony.MustAsync(["payload", "export", ceremony.RootFile, "--out", payload]);
        Break(ceremony, fault);
        var (ann, timestamp) = (Wrong(ceremony.Key("ann"), fault), Wrong(ceremony.Key("timestamp"), fault));
        var before = Tree(ceremony);

        foreach (
            var step in (string[][])
                [
                    ["root", "sign", ceremony.RootFile, "--key", ann],
                    ["root", "add-key", ceremony.RootFile, "--role", "targets", "--key", ann],
                    ["payload", "sign", payload, "--key", ann, "--out", ceremony.Of("ann.sig")],
                    [.. publish, timestamp],
                    ["timestamp", "refresh", ceremony.Repository, "--timestamp-key", timestamp],
                ]
        )
        {
            var result = await ceremony.RunAsync(step);
            Assert.True(result.Code == 65, $"{step[0]} {step[1]}: {result.Code} {result.Error}");
            Assert.Contains(reason, result.Error, StringComparison.Ordinal);
            Assert.Single(result.Error.TrimEnd().Split('\n'));
            Assert.DoesNotContain("987654", result.Error, StringComparison.Ordinal);
            Assert.Equal(before, Tree(ceremony));
        }
    }

    [Fact]
    public async Task A_key_is_not_made_in_a_token_and_the_refusal_says_how_it_is()
    {
        var refused = await Tool.RunAsync(
            TimeProvider.System,
            "key",
            "generate",
            "pkcs11:token=ann;object=root?module-path=/m.so"
        );

        Assert.Equal(64, refused.Code);
        Assert.Contains("pkcs11-tool --keypairgen", refused.Error, StringComparison.Ordinal);
    }

    private static void Break(TokenCeremony ceremony, string fault)
    {
        if (fault == "pin")
        {
            File.WriteAllText(ceremony.Tokens.PinFile, "987654\n");
        }
        else if (fault == "removed")
        {
            ceremony.Tokens.Remove();
        }
    }

    private static string Wrong(string key, string fault) =>
        fault switch
        {
            "label" => key.Replace("object=", "object=no-", StringComparison.Ordinal),
            "token" => key.Replace("token=", "token=no-", StringComparison.Ordinal),
            _ => key,
        };

    /// <summary>The payload goes to the machine with the token, and the signature comes back.</summary>
    private static async Task SignElsewhereAsync(
        TokenCeremony ceremony,
        string file,
        string name,
        params string[] previous
    )
    {
        var (payload, signature) = (ceremony.Of($"{name}.bin"), ceremony.Of($"{name}.sig"));
        await ceremony.MustAsync(["payload", "export", file, "--out", payload]);
        await ceremony.MustAsync(["payload", "sign", payload, "--out", signature], ceremony.Keys(name));
        await ceremony.MustAsync(
            ["signature", "attach", file, "--key", ceremony.Public(name), "--signature", signature],
            previous
        );
    }

    private static async Task<JsonElement> ShowAsync(TokenCeremony ceremony, string file, params string[] previous) =>
        (await ceremony.MustAsync(["root", "show", file, "--json"], previous)).Json;

    /// <summary>The same host each time: it began with the first root, and remembers what it saw.</summary>
    private static async Task<(long Root, long Timestamp)> ReadAsHostAsync(TokenCeremony ceremony)
    {
        var client = Hosts.Open(
            new Workspace(ceremony.Repository),
            ceremony.RootFile,
            ceremony.Of("store"),
            ceremony.Time
        );
        var refresh = await client.RefreshAsync(default);
        return (refresh.RootVersion, refresh.TimestampVersion);
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static IEnumerable<string> Facts(JsonElement shown) =>
        shown
            .GetProperty("roles")
            .EnumerateArray()
            .Select(r =>
                $"{r.GetProperty("role")}={r.GetProperty("threshold")} of {r.GetProperty("key_ids").GetArrayLength()}"
            )
            .Append($"version={shown.GetProperty("version")}")
            .Append($"expires={shown.GetProperty("expires").GetDateTimeOffset():yyyy-MM-ddTHH:mm:sszzz}");

    private static Dictionary<string, string> Tree(TokenCeremony ceremony) =>
        Directory
            .EnumerateFiles(ceremony.Repository, "*", SearchOption.AllDirectories)
            .Append(ceremony.RootFile)
            .ToDictionary(p => p, p => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(p))));
}
