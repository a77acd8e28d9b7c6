using RepoTools.Publishing;
using RepoTools.Releases;
using RepoTools.Tests.Simulators;
using UpdateEngine;
using UpdateEngine.Releases;
using Xunit;

namespace RepoTools.Tests;

public sealed class ReleaseTests
{
    [Fact]
    public async Task A_version_that_exists_is_refused_in_the_draft_and_after_publish()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");

        Assert.Equal(76, (await repository.AddAsync("1.2.0")).Code);
        await repository.MustAsync(repository.PublishArguments());
        var again = await repository.AddAsync("v1.2.0");

        Assert.Equal(76, again.Code);
        Assert.Contains("demo 1.2.0 (x86_64) exists already", again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_image_that_is_missing_is_named_and_nothing_is_drafted()
    {
        using var repository = await TestRepository.CreateAsync();

        var result = await repository.AddAsync("1.2.0", "--hash", repository.Of("none.img"));

        Assert.Equal(66, result.Code);
        Assert.Contains("none.img", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(repository.Workspace.DraftManifest));
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData(".hidden")]
    [InlineData("a b")]
    [InlineData("")]
    public async Task A_variant_that_cannot_be_part_of_a_file_name_is_refused(string variant)
    {
        using var repository = await TestRepository.CreateAsync();

        var result = await repository.RunAsync([
            "release",
            "add",
            repository.Path,
            "--version",
            "1.0.0",
            "--variant",
            variant,
            "--arch",
            "x86_64",
            "--boot",
            repository.Image("b", 10, 1),
            "--root",
            repository.Of("b"),
        ]);

        Assert.Equal(64, result.Code);
    }

    [Fact]
    public async Task Raw_lengths_and_digests_are_those_of_the_images()
    {
        using var repository = await TestRepository.CreateAsync();
        var added = await repository.AddAsync("1.2.0", "--json");

        var release = Manifest.Parse(File.ReadAllBytes(repository.Workspace.DraftManifest)).Updates[0];

        Assert.Equal(70_000, release.Raw!["root"].Length);
        Assert.Equal(
            added.Json.GetProperty("images").GetProperty("root").GetProperty("raw_sha256").GetString(),
            release.Raw["root"].Sha256
        );
    }

    [Fact]
    public async Task A_draft_and_its_changes_wait_for_the_publisher_at_work()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        using var other = PublisherLock.Take(repository.Workspace);

        Assert.Equal(75, (await repository.AddAsync("1.3.0")).Code);
        Assert.Equal(75, (await repository.RunAsync("release", "remove", repository.Path, "--version", "1.2.0")).Code);
    }

    [Fact]
    public async Task The_list_tells_published_from_drafted_and_recalled()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0", "--wave-policy", "none");
        await repository.MustAsync(repository.PublishArguments());
        await repository.AddAsync("1.3.0", "--notes", "New");
        await repository.MustAsync(["release", "recall", repository.Path, "--version", "1.2.0", "--reason", "Hot"]);

        var list = await repository.MustAsync(["release", "list", repository.Path]);

        const string Golden = """
            VARIANT  ARCH    VERSION  MAX    STATE          OPEN FOR  NOTES
            demo     x86_64  1.3.0    1.3.0  draft          0 %       New
            demo     x86_64  1.2.0    1.3.0  recalled: Hot  -

            The draft has changes that wait for `repo-tools publish`.

            """;
        Assert.Equal(Golden, list.Out);
    }

    [Fact]
    public void Max_version_rises_with_the_newest_of_the_same_variant_and_arch_only()
    {
        IReadOnlyList<Release> releases =
        [
            Of("demo", "x86_64", "1.0.0"),
            Of("demo", "aarch64", "1.0.0"),
            Of("other", "x86_64", "1.0.0"),
        ];

        var after = ReleaseEdits.Add(releases, Of("demo", "x86_64", "1.1.0"), null);

        Assert.Equal(["1.1.0", "1.0.0", "1.0.0", "1.1.0"], after.Select(r => r.MaxVersion.ToString()));
    }

    [Fact]
    public void An_older_release_that_is_added_later_lowers_nothing()
    {
        var after = ReleaseEdits.Add([Of("demo", "x86_64", "2.0.0")], Of("demo", "x86_64", "1.9.1"), null);

        Assert.All(after, r => Assert.Equal("2.0.0", r.MaxVersion.ToString()));
    }

    [Fact]
    public void A_version_of_several_releases_must_be_told_apart()
    {
        IReadOnlyList<Release> releases = [Of("demo", "x86_64", "1.0.0"), Of("demo", "aarch64", "1.0.0")];
        var version = SemanticVersion.Parse("1.0.0");

        var fault = Assert.Throws<UpdateException>(() => ReleaseEdits.Find(releases, version, "demo", null));

        Assert.Equal(ErrorCodes.Usage, fault.Code);
        Assert.Same(releases[1], ReleaseEdits.Find(releases, version, null, "aarch64"));
        Assert.Equal(
            ErrorCodes.ReleaseMissing,
            Assert.Throws<UpdateException>(() => ReleaseEdits.Find(releases, version, "x", null)).Code
        );
    }

    private static Release Of(string variant, string arch, string version) =>
        new()
        {
            Variant = variant,
            Arch = arch,
            Version = SemanticVersion.Parse(version),
            MaxVersion = SemanticVersion.Parse(version),
            Images = [],
        };
}
