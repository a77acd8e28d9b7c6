using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class RootEditTests
{
    [Fact]
    public async Task An_edit_of_a_draft_keeps_its_version_and_one_of_a_complete_root_starts_the_next()
    {
        using var root = await TestRoot.CreateAsync("ann");
        await root.MustAsync(["root", "set-threshold", root.Path, "root", "3"]);
        Assert.Equal(1, (await root.ShowAsync(root.Path)).Version);

        await root.MustAsync(["root", "sign", root.Path], root.Keys("ann", "bob", "cyd"));
        await root.MustAsync(["root", "set-threshold", root.Path, "root", "2"]);
        Assert.Equal(2, (await root.ShowAsync(root.Path)).Version);

        await root.MustAsync(["root", "set-threshold", root.Path, "root", "1"]);
        Assert.Equal(2, (await root.ShowAsync(root.Path)).Version);
    }

    public static TheoryData<string> Edits =>
        [
            "add-key --role targets --key NEW",
            "remove-key --key ann.pem",
            "rotate --old ann.pem --new NEW",
            "set-threshold targets 1",
            "set-expiry 100d",
            "set-version 7",
            "bump",
        ];

    [Theory]
    [MemberData(nameof(Edits))]
    public async Task Every_edit_of_a_signed_root_removes_the_signatures_and_says_so(string edit)
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var words = edit.Replace("NEW", root.Public("new"), StringComparison.Ordinal)
            .Replace("ann.pem", root.Key("ann"), StringComparison.Ordinal)
            .Split(' ');

        var result = await root.MustAsync(["root", words[0], root.Path], words[1..]);

        Assert.Contains("2 signature(s) were removed", result.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await root.ShowAsync(root.Path)).Signatures);
        Assert.Contains("\"signatures\": []", File.ReadAllText(root.Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_complete_version_is_kept_beside_the_one_that_follows_it()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var first = File.ReadAllBytes(root.Path);

        var result = await root.MustAsync(["root", "bump", root.Path]);

        Assert.Equal(first, File.ReadAllBytes(root.Of("root.v1.json")));
        Assert.Contains("kept in", result.Out, StringComparison.Ordinal);
        Assert.Contains($"--previous {root.Of("root.v1.json")}", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_out_the_root_that_it_begins_from_stays_as_it_is()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var first = File.ReadAllBytes(root.Path);

        await root.MustAsync(["root", "bump", root.Path, "--out", root.Of("root-2.json")]);

        Assert.Equal(first, File.ReadAllBytes(root.Path));
        Assert.Equal(2, (await root.ShowAsync(root.Of("root-2.json"))).Version);
        Assert.False(File.Exists(root.Of("root.v1.json")));
    }

    [Fact]
    public async Task A_bump_renews_the_expiry_and_keeps_everything_else_unknown_fields_too()
    {
        using var root = await TestRoot.CreateAsync();
        root.Edit(
            root.Path,
            t => t.Replace("\"_type\"", "\"x-owner\": {\"b\": 1, \"a\": [true]}, \"_type\"", StringComparison.Ordinal)
        );
        await root.MustAsync(["root", "sign", root.Path], root.Keys("ann", "bob"));
        root.Time.Now += TimeSpan.FromDays(200);

        await root.MustAsync(["root", "bump", root.Path, "--out", root.Of("next.json")]);

        // Undone by hand, it is the first one again.
        root.Edit(
            root.Of("next.json"),
            t =>
                t.Replace("\"version\": 2", "\"version\": 1", StringComparison.Ordinal)
                    .Replace("2028-06-07T12:00:00Z", "2027-11-20T12:00:00Z", StringComparison.Ordinal)
        );
        await root.MustAsync(["root", "sign", root.Of("next.json")], root.Keys("ann", "bob"));
        Assert.Equal(File.ReadAllText(root.Path), File.ReadAllText(root.Of("next.json")));
    }

    [Fact]
    public async Task A_bump_never_shortens_the_life_of_a_root_unless_it_is_told_to()
    {
        using var root = await TestRoot.CreateAsync();
        await root.MustAsync(["root", "set-expiry", root.Path, "2030-01-01T00:00:00Z"]);
        await root.MustAsync(["root", "sign", root.Path], root.Keys("ann", "bob"));

        await root.MustAsync(["root", "bump", root.Path, "--out", root.Of("long.json")]);
        await root.MustAsync(["root", "bump", root.Path, "--out", root.Of("short.json"), "--expires", "30d"]);

        Assert.Equal(2030, (await root.ShowAsync(root.Of("long.json"))).Expires.Year);
        Assert.Equal(TestRepository.Start.AddDays(30), (await root.ShowAsync(root.Of("short.json"))).Expires);
    }

    [Fact]
    public async Task A_root_that_is_not_complete_is_not_bumped()
    {
        using var root = await TestRoot.CreateAsync("ann");

        var result = await root.RunAsync(["root", "bump", root.Path, "--force"]);

        Assert.Equal(76, result.Code);
        Assert.Contains("not signed completely", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_published_root_is_never_changed_where_it_lies()
    {
        using var root = await TestRoot.CreateAsync("ann", "bob");
        var published = root.Of("repo/metadata/1.root.json");
        Directory.CreateDirectory(Path.GetDirectoryName(published)!);
        File.Copy(root.Path, published);
        var before = File.ReadAllBytes(published);

        var edit = await root.RunAsync(["root", "set-threshold", published, "root", "1"]);
        var sign = await root.RunAsync(["root", "sign", published], root.Keys("cyd"));
        await root.MustAsync(["root", "bump", published, "--out", root.Path]);

        Assert.All([edit, sign], r => Assert.Equal(76, r.Code));
        Assert.Contains("--out", edit.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(published));
    }

    [Fact]
    public async Task A_rotated_key_is_replaced_in_every_role_that_has_it()
    {
        using var root = await TestRoot.CreateAsync();
        await root.MustAsync(
            ["root", "add-key", root.Path, "--role", "snapshot", "--role", "timestamp"],
            root.Keys("targets")
        );

        await root.MustAsync([
            "root",
            "rotate",
            root.Path,
            "--old",
            root.Public("targets"),
            "--new",
            root.Public("new"),
        ]);

        var shown = await root.ShowAsync(root.Path);
        var roles = Assert.Single(shown.Keys, k => k.KeyId == root.Id("new")).Roles;
        Assert.Equal(["timestamp", "snapshot", "targets"], roles);
        Assert.DoesNotContain(root.Id("targets"), File.ReadAllText(root.Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_whose_file_is_lost_is_named_by_the_first_letters_of_its_id()
    {
        using var root = await TestRoot.CreateAsync();
        await root.MustAsync(["root", "rotate", root.Path, "--old", root.Id("cyd")[..8], "--new", root.Public("dan")]);

        var shown = await root.ShowAsync(root.Path);

        Assert.Equal([root.Id("ann"), root.Id("bob"), root.Id("dan")], shown.Roles[0].KeyIds);
    }

    [Fact]
    public async Task Key_ids_that_other_tools_gave_are_kept_and_signed_under()
    {
        using var root = await TestRoot.CreateAsync();
        root.Edit(root.Path, t => t.Replace(root.Id("ann"), "a-name-of-its-own", StringComparison.Ordinal));

        await root.MustAsync(["root", "add-key", root.Path, "--role", "targets"], root.Keys("ann"));
        await root.MustAsync(["root", "sign", root.Path], root.Keys("ann", "bob"));

        var shown = await root.ShowAsync(root.Path);
        Assert.Equal(2, shown.Signatures);
        Assert.Contains("a-name-of-its-own", shown.Roles[3].KeyIds);
        Assert.DoesNotContain(root.Id("ann"), File.ReadAllText(root.Path), StringComparison.Ordinal);
    }
}
