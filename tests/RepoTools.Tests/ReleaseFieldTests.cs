using RepoTools.Tests.Simulators;
using UpdateEngine;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

/// <summary>What a publisher does with a release after it was added: hold it back, recall it, say who may take it.</summary>
public sealed class ReleaseFieldTests
{
    [Fact]
    public async Task A_recall_sends_hosts_down_and_restore_brings_them_back()
    {
        using var repository = await TwoReleasesAsync();

        var recall = await repository.MustAsync(Release(repository, "recall", "--version", "1.3.0", "--reason", "Hot"));
        Assert.Contains("is recalled in favour of demo 1.2.0 (x86_64)", recall.Out, StringComparison.Ordinal);
        Assert.Equal("1.2.0", (await ChoiceAsync(repository, "1.3.0")).Chosen?.Version.ToString());

        await repository.MustAsync(Release(repository, "restore", "--version", "1.3.0"));
        var after = await ChoiceAsync(repository, "1.2.0");
        Assert.Equal("1.3.0", after.Chosen?.Version.ToString());
        Assert.Equal("1.3.0", after.Chosen?.MaxVersion.ToString());
    }

    [Fact]
    public async Task A_recall_without_another_release_says_that_hosts_stay()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        var recall = await repository.MustAsync(Release(repository, "recall", "--version", "1.2.0", "--reason", "Hot"));

        Assert.Contains("no other release for demo (x86_64)", recall.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_paused_release_is_passed_over_and_says_why_until_it_is_resumed()
    {
        using var repository = await TwoReleasesAsync();

        await repository.MustAsync(Release(repository, "pause", "--version", "1.3.0", "--reason", "Checking"));
        Assert.Equal("1.2.0", (await ChoiceAsync(repository, "1.1.0")).Chosen?.Version.ToString());

        await repository.MustAsync(Release(repository, "resume", "--version", "1.3.0"));
        Assert.Equal("1.3.0", (await ChoiceAsync(repository, "1.1.0")).Chosen?.Version.ToString());
    }

    [Fact]
    public async Task The_whole_manifest_is_paused_and_resumed_without_touching_single_releases()
    {
        using var repository = await TwoReleasesAsync();
        await repository.MustAsync(Release(repository, "pause", "--version", "1.2.0", "--reason", "Old"));

        await repository.MustAsync(Release(repository, "pause", "--all", "--reason", "Freeze"));
        Assert.Equal(RefusalReason.Paused, (await ChoiceAsync(repository, "1.1.0")).Refusal?.Reason);
        var one = await repository.MustAsync(Release(repository, "resume", "--version", "1.2.0"));
        Assert.Contains("everything is paused still: Freeze", one.Error, StringComparison.Ordinal);

        await repository.MustAsync(Release(repository, "resume", "--all"));
        Assert.Equal("1.3.0", (await ChoiceAsync(repository, "1.1.0")).Chosen?.Version.ToString());
    }

    [Fact]
    public async Task Max_version_is_set_for_all_releases_of_a_variant_and_arch_and_hosts_above_it_go_down()
    {
        using var repository = await TwoReleasesAsync();

        var set = await repository.MustAsync(Release(repository, "set-max-version", "--max-version", "1.2.0"));

        Assert.Contains("demo (x86_64) has the max_version 1.2.0 (was 1.3.0)", set.Out, StringComparison.Ordinal);
        var choice = await ChoiceAsync(repository, "1.3.0");
        Assert.Equal("1.2.0", choice.Chosen?.Version.ToString());
    }

    [Fact]
    public async Task A_max_version_below_everything_is_refused_and_pause_is_named()
    {
        using var repository = await TwoReleasesAsync();

        var result = await repository.RunAsync(Release(repository, "set-max-version", "--max-version", "1.0.0"));

        Assert.Equal(76, result.Code);
        Assert.Contains("hosts would find nothing", result.Error, StringComparison.Ordinal);
        Assert.Contains("release pause", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Min_version_makes_older_hosts_step_and_warns_when_the_step_is_missing()
    {
        using var repository = await TwoReleasesAsync();

        var good = await repository.MustAsync(
            Release(repository, "set-min-version", "--version", "1.3.0", "--min-version", "1.2.0")
        );
        Assert.Empty(good.Error);
        Assert.Equal("1.2.0", (await ChoiceAsync(repository, "1.1.0")).Chosen?.Version.ToString());
        Assert.Equal("1.3.0", (await ChoiceAsync(repository, "1.2.0")).Chosen?.Version.ToString());

        var stuck = await repository.MustAsync(
            Release(repository, "set-min-version", "--version", "1.3.0", "--min-version", "1.2.5")
        );
        Assert.Contains("hosts older than 1.2.5 are cut off", stuck.Error, StringComparison.Ordinal);

        await repository.MustAsync(Release(repository, "set-min-version", "--version", "1.3.0", "--clear"));
        Assert.Equal("1.3.0", (await ChoiceAsync(repository, "1.1.0")).Chosen?.Version.ToString());
    }

    [Fact]
    public async Task Deadline_and_notes_are_set_and_cleared()
    {
        using var repository = await TwoReleasesAsync();
        var at = TestRepository.Start.AddDays(3);

        await repository.MustAsync(
            Release(repository, "deadline", "--version", "1.3.0", "--at", "2026-11-23T13:00:00+01:00")
        );
        await repository.MustAsync(Release(repository, "notes", "--version", "1.3.0", "--text", "Faster"));
        Assert.Equal((at, "Faster"), Fields(Manifest(repository)));

        await repository.MustAsync(Release(repository, "deadline", "--version", "1.3.0", "--clear"));
        await repository.MustAsync(Release(repository, "notes", "--version", "1.3.0", "--clear"));
        Assert.Equal((null, null), Fields(Manifest(repository)));

        static (DateTimeOffset?, string?) Fields(Manifest manifest) =>
            (manifest.Updates[1].Deadline, manifest.Updates[1].Notes);
    }

    [Fact]
    public async Task The_list_shows_every_field_that_a_release_has()
    {
        using var repository = await TwoReleasesAsync();
        string[] of = ["--version", "1.3.0"];
        await repository.MustAsync(Release(repository, "pause", of), ["--reason", "Checking"]);
        await repository.MustAsync(Release(repository, "set-min-version", of), ["--min-version", "1.2.0"]);
        await repository.MustAsync(Release(repository, "deadline", of), ["--at", "2026-12-01T00:00:00Z"]);
        await repository.MustAsync(Release(repository, "notes", of), ["--text", "Faster"]);
        await repository.MustAsync(Release(repository, "pause", "--all", "--reason", "Freeze"));

        var list = await repository.MustAsync(["release", "list", repository.Path]);

        const string Golden = """
            VARIANT  ARCH    VERSION  MIN    MAX    STATE             OPEN FOR  DEADLINE              NOTES
            demo     x86_64  1.3.0    1.2.0  1.3.0  paused: Checking  100 %     2026-12-01 00:00 UTC  Faster
            demo     x86_64  1.2.0           1.3.0  draft             100 %

            Everything is paused: Freeze

            The draft has changes that wait for `repo-tools publish`.

            """;
        Assert.Equal(Golden, list.Out);
        var json = (await repository.MustAsync(["release", "list", repository.Path, "--json"])).Json;
        Assert.Equal("Freeze", json.GetProperty("paused").GetString());
        Assert.Equal("1.2.0", json.GetProperty("releases")[0].GetProperty("min_version").GetString());
    }

    [Theory]
    [InlineData(76, "is not recalled", "restore", "--version", "1.2.0")]
    [InlineData(76, "is not paused", "resume", "--version", "1.2.0")]
    [InlineData(76, "as a whole is not paused", "resume", "--all")]
    [InlineData(66, "There is no release 9.9.9", "pause", "--version", "9.9.9", "--reason", "x")]
    [InlineData(66, "There is no release other", "set-max-version", "--max-version", "1.2.0", "--variant", "other")]
    [InlineData(64, "either --version or --all", "pause", "--reason", "x")]
    [InlineData(64, "either --version or --all", "pause", "--all", "--arch", "x86_64", "--reason", "x")]
    [InlineData(64, "either --text or --clear", "notes", "--version", "1.2.0")]
    [InlineData(64, "either --at or --clear", "deadline", "--version", "1.2.0", "--clear", "--at", "2026-12-01T00:00Z")]
    [InlineData(64, "No host could take", "set-min-version", "--version", "1.2.0", "--min-version", "1.2.0")]
    [InlineData(64, "not one line", "pause", "--version", "1.2.0", "--reason", "two\nlines")]
    [InlineData(64, "not one line", "recall", "--version", "1.2.0", "--reason", " ")]
    public async Task A_wrong_use_is_refused_in_one_sentence(int code, string why, string command, params string[] args)
    {
        using var repository = await TwoReleasesAsync();

        var result = await repository.RunAsync(Release(repository, command, args));

        Assert.Equal(code, result.Code);
        Assert.Contains(why, result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd('\n').Replace("two\nlines", "", StringComparison.Ordinal).Split('\n'));
    }

    [Fact]
    public async Task Several_variants_must_be_told_apart_before_max_version_is_set()
    {
        using var repository = await TwoReleasesAsync();
        await repository.MustAsync(
            ["release", "add", repository.Path, "--version", "1.3.0", "--variant", "other", "--arch", "x86_64"],
            ["--boot", repository.Of("boot.img"), "--root", repository.Of("root.img"), "--level", "1"]
        );
        var set = Release(repository, "set-max-version", "--max-version", "1.3.0");

        var result = await repository.RunAsync(set);
        await repository.MustAsync(set, ["--variant", "other"]);

        Assert.Equal(64, result.Code);
        Assert.Contains("demo (x86_64), other (x86_64)", result.Error, StringComparison.Ordinal);
    }

    private static string[] Release(TestRepository repository, string command, params string[] args) =>
        ["release", command, repository.Path, .. args];

    private static async Task<TestRepository> TwoReleasesAsync()
    {
        var repository = await TestRepository.CreateAsync();
        foreach (var version in (string[])["1.2.0", "1.3.0"])
        {
            Assert.Equal(0, (await repository.AddAsync(version, "--wave-policy", "none")).Code);
        }

        return repository;
    }

    private static Manifest Manifest(TestRepository repository) =>
        UpdateEngine.Releases.Manifest.Parse(File.ReadAllBytes(repository.Workspace.DraftManifest));

    /// <summary>What a host that runs a version chooses, after a publish.</summary>
    private static async Task<Decision> ChoiceAsync(TestRepository repository, string running)
    {
        await repository.MustAsync(repository.PublishArguments());
        var (_, manifest) = await repository.ReadAsHostAsync();
        var host = new HostIdentity("demo", "x86_64", SemanticVersion.Parse(running), 0);
        return UpdatePolicy.Choose(manifest!, host, [], repository.Time.Now, new ChoiceOptions());
    }
}
