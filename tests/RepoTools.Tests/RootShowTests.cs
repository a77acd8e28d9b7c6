using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class RootShowTests
{
    [Fact]
    public async Task Show_says_who_signs_what_and_what_is_still_missing_by_old_and_new_root()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var next = root.Of("root-2.json");
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
        await root.MustAsync(["root", "sign", next, "--previous", root.Path], root.Keys("ann"));

        var shown = await root.MustAsync(["root", "show", next, "--previous", root.Path]);

        Assert.Equal(
            """
            root-2.json: root version 2, expires 2027-11-20 12:00 UTC (in 365 d), 1 of 2 signatures

            ROLE       SIGNATURES NEEDED  KEYS
            root       2 of 3             ann---------, cyd---------, dan---------
            timestamp  1 of 1             timestamp---
            snapshot   1 of 1             snapshot----
            targets    1 of 1             targets-----

            KEY           TYPE     MAY SIGN        SIGNATURE
            ann---------  ed25519  root, old root  valid
            cyd---------  ed25519  root, old root  missing
            dan---------  ed25519  root            missing
            timestamp---  ed25519  timestamp       -
            snapshot----  ed25519  snapshot        -
            targets-----  ed25519  targets         -
            bob---------  ed25519  old root        missing

            By its own keys: 1 of 2; still missing: 1 signature, by 1 of cyd---------, dan---------
            By the keys of version 1: 1 of 2; still missing: 1 signature, by 1 of bob---------, cyd---------

            """,
            Named(root, shown.Out)
        );
    }

    [Fact]
    public async Task Show_tells_faults_and_signatures_that_do_not_verify_and_refuses_nothing()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        root.Edit(root.Path, t => t.Replace("\"threshold\": 2", "\"threshold\": 5", StringComparison.Ordinal));
        root.Time.Now += TimeSpan.FromDays(400);

        var shown = (await root.MustAsync(["root", "show", root.Path])).Out;

        Assert.Contains("(EXPIRED), 0 of 5 signatures", shown, StringComparison.Ordinal);
        Assert.Contains("invalid", shown, StringComparison.Ordinal);
        Assert.Contains("FAULT: The threshold of root would be 5", shown, StringComparison.Ordinal);
        Assert.Contains("FAULT: The root would have expired", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Verify_answers_as_a_host_would()
    {
        using var root = await TestRoot.CreateAsync("ann");
        var lacking = await root.RunAsync(["root", "verify", root.Path]);
        Assert.Equal(65, lacking.Code);
        Assert.Contains("1 of 2 signatures by its own root keys", lacking.Error, StringComparison.Ordinal);

        await root.MustAsync(["root", "sign", root.Path], root.Keys("cyd"));
        await root.MustAsync(["root", "verify", root.Path]);

        var late = await root.RunAsync(["root", "verify", root.Path, "--at", "2027-11-20T12:00:00Z"]);
        Assert.Equal(76, late.Code);
        Assert.Contains("expired", late.Error, StringComparison.Ordinal);
        // A host takes it until its last second.
        await root.MustAsync(["root", "verify", root.Path, "--at", "2027-11-20T11:59:59Z"]);
    }

    [Fact]
    public async Task All_root_keys_are_replaced_at_once_where_the_old_ones_sign_too()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var next = root.Of("root-2.json");
        File.Copy(root.Path, next);
        foreach (var (old, replacement) in ((string, string)[])[("ann", "dan"), ("bob", "eve"), ("cyd", "fay")])
        {
            await root.MustAsync(["root", "rotate", next, "--old", root.Key(old), "--new", root.Key(replacement)]);
        }

        // The keys of the old root count only where it is given.
        var unknown = await root.RunAsync(["root", "sign", next], root.Keys("ann"));
        Assert.Equal(65, unknown.Code);
        Assert.Contains("--previous", unknown.Error, StringComparison.Ordinal);

        await root.MustAsync(["root", "sign", next], root.Keys("dan", "eve"));
        await root.MustAsync(["root", "verify", next]);
        var lacking = await root.RunAsync(["root", "verify", next, "--previous", root.Path]);
        Assert.Equal(65, lacking.Code);
        Assert.Contains(
            "0 of 2 signatures by the old root keys (those of version 1)",
            lacking.Error,
            StringComparison.Ordinal
        );

        await root.MustAsync(["root", "sign", next, "--previous", root.Path], root.Keys("ann", "cyd"));
        await root.MustAsync(["root", "verify", next, "--previous", root.Path]);
        Assert.Equal(2, (await root.ShowAsync(next)).Version);
    }

    [Fact]
    public async Task Verify_refuses_a_version_that_does_not_follow()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var third = root.Of("root-3.json");
        await root.MustAsync(["root", "set-version", root.Path, "3", "--out", third]);
        await root.MustAsync(["root", "sign", third], root.Keys("ann", "bob"));

        var result = await root.RunAsync(["root", "verify", third, "--previous", root.Path]);

        Assert.Equal(76, result.Code);
        Assert.Contains(
            "is root version 3, but after version 1 hosts take exactly 2",
            result.Error,
            StringComparison.Ordinal
        );
    }

    /// <summary>Names in the place of key ids and directories, which differ in each run.</summary>
    private static string Named(TestRoot root, string text)
    {
        foreach (var name in (string[])["ann", "bob", "cyd", "dan", "timestamp", "snapshot", "targets"])
        {
            text = text.Replace(root.Id(name)[..12], name.PadRight(12, '-'), StringComparison.Ordinal);
        }

        return text.Replace(root.Of("") + "/", "", StringComparison.Ordinal);
    }
}
