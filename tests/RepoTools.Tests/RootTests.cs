using RepoTools.Keys;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class RootTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ManualTime _time = new(TestRepository.Start);

    [Fact]
    public async Task A_threshold_above_the_number_of_distinct_keys_is_refused()
    {
        var key = _directory.Key("root.pem");

        // The private and the public half are one key.
        var result = await CreateAsync([
            "--root-key",
            key,
            "--root-key",
            KeyFiles.PublicPathOf(key),
            "--root-threshold",
            "2",
        ]);

        Assert.Equal(64, result.Code);
        Assert.Contains("1 distinct key(s)", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_directory.Of("root.json")));
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    public async Task A_threshold_below_one_is_refused(string threshold)
    {
        var result = await CreateAsync(["--root-key", _directory.Key("root.pem"), "--root-threshold", threshold]);

        Assert.Equal(64, result.Code);
    }

    [Fact]
    public async Task Signatures_are_counted_by_distinct_keys_and_people_may_sign_in_turn()
    {
        var (one, two) = await TwoOfTwoAsync();

        Assert.Contains("1 of 2 signatures", (await SignAsync(one)).Out, StringComparison.Ordinal);
        Assert.Contains("1 of 2 signatures", (await SignAsync(one, one)).Out, StringComparison.Ordinal);
        Assert.Contains("2 of 2 signatures", (await SignAsync(two)).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Signing_takes_away_what_a_killed_run_left_half_written()
    {
        using var repository = await TestRepository.CreateAsync();
        var left = repository.Of($".root.json.{Path.GetRandomFileName()}.tmp");
        File.WriteAllText(left, "{");

        await repository.MustAsync(["root", "sign", repository.RootFile, "--key", repository.Key("root")]);

        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task A_signature_over_other_content_does_not_count()
    {
        var (one, two) = await TwoOfTwoAsync();
        await SignAsync(one, two);
        var file = _directory.Of("root.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("2027-11-20", "2099-11-20", StringComparison.Ordinal));

        var shown = await Tool.RunAsync(_time, "root", "show", file, "--json");

        Assert.Equal(0, shown.Json.GetProperty("signatures").GetInt32());
    }

    [Fact]
    public async Task A_key_that_the_root_does_not_name_may_not_sign_it()
    {
        await TwoOfTwoAsync();

        var result = await SignAsync(_directory.Key("stranger.pem"));

        Assert.Equal(65, result.Code);
        Assert.Contains("stranger.pem is not one of the root keys", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_public_key_cannot_sign()
    {
        var (one, _) = await TwoOfTwoAsync();

        var result = await SignAsync(KeyFiles.PublicPathOf(one));

        Assert.Equal(65, result.Code);
        Assert.Contains("no private key", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_is_not_made_from_a_root_that_lacks_signatures()
    {
        var (one, two) = await TwoOfTwoAsync();
        await SignAsync(one);

        var refused = await Tool.RunAsync(
            _time,
            "repo",
            "create",
            _directory.Of("repo"),
            "--root",
            _directory.Of("root.json")
        );
        Assert.Equal(65, refused.Code);
        Assert.Contains("1 of 2 signatures", refused.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.Of("repo")));

        await SignAsync(two);
        var made = await Tool.RunAsync(
            _time,
            "repo",
            "create",
            _directory.Of("repo"),
            "--root",
            _directory.Of("root.json")
        );
        Assert.Equal(0, made.Code);
        Assert.Equal(
            File.ReadAllBytes(_directory.Of("root.json")),
            File.ReadAllBytes(_directory.Of("repo/metadata/1.root.json"))
        );
    }

    [Fact]
    public async Task An_existing_root_is_replaced_only_by_force()
    {
        await TwoOfTwoAsync();

        Assert.Equal(76, (await CreateAsync(["--root-key", _directory.Of("one.pem")])).Code);
        Assert.Equal(0, (await CreateAsync(["--root-key", _directory.Of("one.pem"), "--force"])).Code);
    }

    [Fact]
    public async Task A_private_key_that_others_may_read_is_warned_about()
    {
        var (one, _) = await TwoOfTwoAsync();
        File.SetUnixFileMode(one, (UnixFileMode)0b110_100_100);

        Assert.Contains("chmod 600", (await SignAsync(one)).Error, StringComparison.Ordinal);
    }

    private async Task<(string One, string Two)> TwoOfTwoAsync()
    {
        var (one, two) = (_directory.Key("one.pem"), _directory.Key("two.pem"));
        var result = await CreateAsync(["--root-key", one, "--root-key", two, "--root-threshold", "2"]);
        Assert.Equal(0, result.Code);
        return (one, two);
    }

    private Task<ToolResult> CreateAsync(string[] rootOptions)
    {
        var other = File.Exists(_directory.Of("other.pem")) ? _directory.Of("other.pem") : _directory.Key("other.pem");
        string[] rest = ["--targets-key", other, "--snapshot-key", other, "--timestamp-key", other];
        return Tool.RunAsync(_time, ["root", "create", "--out", _directory.Of("root.json"), .. rootOptions, .. rest]);
    }

    private Task<ToolResult> SignAsync(params string[] keys) =>
        Tool.RunAsync(
            _time,
            ["root", "sign", _directory.Of("root.json"), .. keys.SelectMany(k => new[] { "--key", k })]
        );

    public void Dispose() => _directory.Dispose();
}
