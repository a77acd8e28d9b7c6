using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Roots that would lock hosts out, before anybody signs them.</summary>
public sealed class RootRefusalTests
{
    [Theory]
    [InlineData("set-threshold root 4", "threshold of root would be 4, but it has 3 distinct key(s)")]
    [InlineData("remove-key --role root --key ann --key bob", "threshold of root would be 2, but it has 1")]
    [InlineData("remove-key --key timestamp", "The role timestamp would have no key")]
    public async Task What_no_host_could_ever_accept_is_refused_even_with_force(string edit, string reason)
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var before = File.ReadAllBytes(root.Path);

        foreach (
            var force in (string[][])
                [
                    [],
                    ["--force"],
                ]
        )
        {
            var result = await root.RunAsync(Words(root, edit), force);

            Assert.Equal(76, result.Code);
            Assert.Contains(reason, result.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("--force", result.Error, StringComparison.Ordinal);
        }

        Assert.Equal(before, File.ReadAllBytes(root.Path));
        Assert.False(File.Exists(root.Of("root.v1.json")));
    }

    [Theory]
    [InlineData("2026-11-20T11:59:59Z", "would have expired at 2026-11-20 11:59 UTC")]
    [InlineData("2d", "would expire in 2 d")]
    public async Task An_expiry_in_the_past_or_within_days_needs_force(string when, string reason)
    {
        using var root = await TestRoot.CreateAsync();

        var refused = await root.RunAsync(["root", "set-expiry", root.Path, when]);
        Assert.Equal(76, refused.Code);
        Assert.Contains(reason, refused.Error, StringComparison.Ordinal);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);

        await root.MustAsync(["root", "set-expiry", root.Path, when, "--force"]);
        var sign = await root.RunAsync(["root", "sign", root.Path], root.Keys("ann"));
        Assert.Equal(76, sign.Code);
        await root.MustAsync(["root", "sign", root.Path, "--force"], root.Keys("ann"));
    }

    [Fact]
    public async Task The_same_public_key_under_two_ids_is_refused_and_never_counts_twice()
    {
        using var root = await TestRoot.CreateAsync("ann");
        // By hand, as no command would: the key of ann under a second id, in the role and among the keys.
        root.Edit(
            root.Path,
            t =>
                t.Replace($"\"{root.Id("bob")}\"", "\"a-second-id\"", StringComparison.Ordinal)
                    .Replace(Hex(root, "bob"), Hex(root, "ann"), StringComparison.Ordinal)
        );

        var sign = await root.RunAsync(["root", "sign", root.Path], root.Keys("ann"));

        Assert.Equal(76, sign.Code);
        Assert.Contains("the same public key under two ids", sign.Error, StringComparison.Ordinal);
        Assert.Contains("a-second-id", sign.Error, StringComparison.Ordinal);
        // The way out that the message names.
        await root.MustAsync(["root", "remove-key", root.Path, "--role", "root", "--key", "a-second-id"]);
        await root.MustAsync(["root", "sign", root.Path], root.Keys("ann", "cyd"));
    }

    [Fact]
    public async Task A_threshold_that_only_one_key_under_two_ids_could_reach_is_impossible()
    {
        using var root = await TestRoot.CreateAsync();
        await root.MustAsync(["root", "remove-key", root.Path], root.Keys("cyd"));
        root.Edit(
            root.Path,
            t =>
                t.Replace($"\"{root.Id("bob")}\"", "\"a-second-id\"", StringComparison.Ordinal)
                    .Replace(Hex(root, "bob"), Hex(root, "ann"), StringComparison.Ordinal)
        );

        var sign = await root.RunAsync(["root", "sign", root.Path, "--force"], root.Keys("ann"));

        Assert.Equal(76, sign.Code);
        Assert.Contains("it has 1 distinct key(s)", sign.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_not_added_twice_to_a_role()
    {
        using var root = await TestRoot.CreateAsync();

        var result = await root.RunAsync(["root", "add-key", root.Path, "--role", "root"], root.Keys("ann"));

        Assert.Equal(76, result.Code);
        Assert.Contains("has the key", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("remove-key --key stranger", "The root does not have the key")]
    [InlineData("rotate --old targets --new stranger --role root", "No role of root has the key")]
    public async Task A_key_that_is_not_there_is_not_taken_away(string edit, string reason)
    {
        using var root = await TestRoot.CreateAsync();

        var result = await root.RunAsync(Words(root, edit));

        Assert.Equal(65, result.Code);
        Assert.Contains(reason, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("set-threshold root.json nobody 1")]
    [InlineData("set-threshold root.json root 0")]
    [InlineData("set-expiry root.json tomorrow")]
    [InlineData("set-expiry root.json 2027-01-01")]
    [InlineData("set-version root.json 0")]
    [InlineData("add-key root.json --role nobody --key root.json")]
    [InlineData("bump root.json --expires 2027")]
    public async Task Values_that_mean_nothing_are_usage_errors(string words)
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");

        var result = await root.RunAsync(["root", .. words.Split(' ').Select(w => w == "root.json" ? root.Path : w)]);

        Assert.Equal(64, result.Code);
    }

    private static string[] Words(TestRoot root, string edit)
    {
        var words = edit.Split(' ');
        var keys = words.Select((w, i) => i > 0 && words[i - 1] is "--key" or "--old" or "--new" ? root.Public(w) : w);
        return ["root", words[0], root.Path, .. keys.Skip(1)];
    }

    private static string Hex(TestRoot root, string name) =>
        RepoTools.Keys.SigningKeys.ReadPublic(root.Key(name), RepoTools.Keys.KeyAccess.Standard).Value;
}
