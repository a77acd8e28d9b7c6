using RepoTools.Keys;
using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Signing;
using Xunit;

namespace RepoTools.Tests;

/// <summary>What is served may be in other hands; the publisher signs only what follows from the root that he trusts.</summary>
public sealed class PublisherTrustTests
{
    [Fact]
    public async Task A_replaced_root_is_refused_by_every_command_that_signs_or_tells()
    {
        using var repository = await PublishedAsync();
        await ReplaceRootAsync(repository);
        string[] refresh = ["timestamp", "refresh", repository.Path, "--timestamp-key", repository.Key("stranger")];

        Assert.All(
            [
                await repository.RunAsync(refresh),
                await repository.RunAsync(repository.PublishArguments()),
                await repository.AddAsync("1.3.0"),
                await repository.RunAsync("status", repository.Path),
            ],
            result =>
            {
                Assert.Equal(65, result.Code);
                Assert.Contains(
                    "1.root.json is not the root version 1 that you trust",
                    result.Error,
                    StringComparison.Ordinal
                );
            }
        );
    }

    [Fact]
    public async Task A_root_put_there_by_somebody_without_the_root_key_is_refused()
    {
        using var repository = await PublishedAsync();
        var next = repository.Of("next.json");
        await repository.MustAsync(["root", "bump", repository.RootFile, "--out", next]);
        await repository.MustAsync([
            "root",
            "rotate",
            next,
            "--old",
            repository.Key("root"),
            "--new",
            repository.Key("stranger"),
        ]);
        await repository.MustAsync(["root", "sign", next, "--key", repository.Key("stranger")]);
        File.Copy(next, repository.Workspace.Versioned("root", 2));

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(65, result.Code);
        Assert.Contains(
            "2.root.json does not follow from root version 1, which you trust",
            result.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_root_that_was_taken_away_is_missed_and_the_message_restores_it()
    {
        using var rotation = await RootRotation.CreateAsync();
        await rotation.RotateAsync(2, "root");
        await rotation.RotateAsync(3, "root");
        var workspace = rotation.Repository.Workspace;
        File.Delete(workspace.Versioned("root", 3));

        var cut = await rotation.Repository.RunAsync(rotation.PublishArguments());
        Assert.Equal(65, cut.Code);
        Assert.Contains(
            $"cp {workspace.PinnedRoot(3)} {workspace.Versioned("root", 3)}",
            cut.Error,
            StringComparison.Ordinal
        );

        File.Copy(workspace.PinnedRoot(3), workspace.Versioned("root", 3));
        await rotation.PublishAsync();
        File.Delete(workspace.Versioned("root", 2));
        var gap = await rotation.Repository.RunAsync(rotation.PublishArguments());
        Assert.Equal(65, gap.Code);
        Assert.Contains("has root version 3, but not 2", gap.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repository_from_elsewhere_is_trusted_by_a_root_from_a_safe_place()
    {
        using var rotation = await RootRotation.CreateAsync();
        var repository = rotation.Repository;
        await rotation.RotateAsync(2, "root", "targets");
        await rotation.PublishAsync();
        Directory.Delete(repository.Workspace.Trust, recursive: true);

        var unknown = await repository.RunAsync(rotation.PublishArguments());
        Assert.Equal(78, unknown.Code);
        Assert.Contains("repo-tools repo trust", unknown.Error, StringComparison.Ordinal);

        await repository.MustAsync(["status", repository.Path, "--trust", repository.RootFile]);
        await repository.MustAsync(["repo", "trust", repository.Path, "--root", repository.RootFile]);
        Assert.Equal([1, 2], repository.Workspace.PinnedVersions());
        await rotation.PublishAsync();
    }

    [Fact]
    public async Task The_trust_option_and_the_variable_are_anchors_outside_of_the_directory()
    {
        using var repository = await PublishedAsync();
        await ReplaceRootAsync(repository);
        // Whoever replaces the whole directory replaces the pins too.
        Directory.Delete(repository.Workspace.Trust, recursive: true);
        await repository.MustAsync([
            "repo",
            "trust",
            repository.Path,
            "--root",
            repository.Workspace.Versioned("root", 1),
        ]);

        var byOption = await repository.RunAsync([.. repository.PublishArguments(), "--trust", repository.RootFile]);
        Environment.SetEnvironmentVariable(TrustedChain.Variable, repository.RootFile);
        ToolResult byVariable;
        try
        {
            byVariable = await repository.RunAsync(repository.PublishArguments());
        }
        finally
        {
            Environment.SetEnvironmentVariable(TrustedChain.Variable, null);
        }

        Assert.All(
            [byOption, byVariable],
            result =>
            {
                Assert.Equal(65, result.Code);
                Assert.Contains("is not the root version 1 that you trust", result.Error, StringComparison.Ordinal);
            }
        );
    }

    [Theory]
    [InlineData("release list")]
    [InlineData("waves show --version 1.2.0")]
    [InlineData("waves preview")]
    [InlineData("waves shift --version 1.2.0 --by 1h")]
    [InlineData("release notes --version 1.2.0 --text Faster")]
    [InlineData("migration list")]
    [InlineData("delegation list")]
    [InlineData("target list")]
    public async Task What_reads_a_repository_takes_the_publishers_trust_from_outside(string command)
    {
        using var repository = await PublishedAsync();
        Directory.Delete(repository.Workspace.Trust, recursive: true);
        string[] args = [.. command.Split(' '), repository.Path];

        Assert.Equal(78, (await repository.RunAsync(args)).Code);
        await repository.MustAsync(args, ["--trust", repository.RootFile]);
    }

    [Fact]
    public async Task A_damaged_anchor_is_a_matter_of_configuration()
    {
        using var repository = await PublishedAsync();
        File.WriteAllText(repository.Workspace.PinnedRoot(1), "{");

        var result = await repository.RunAsync("status", repository.Path);

        Assert.Equal(78, result.Code);
        Assert.Contains(repository.Workspace.PinnedRoot(1), result.Error, StringComparison.Ordinal);
        Assert.Contains("restore it from a copy", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_root_without_its_signatures_is_no_anchor()
    {
        using var repository = await PublishedAsync();
        var unsigned = repository.Of("unsigned.json");
        await repository.MustAsync(["root", "bump", repository.RootFile, "--out", unsigned]);

        var result = await repository.RunAsync("repo", "trust", repository.Path, "--root", unsigned);

        Assert.Equal(65, result.Code);
        Assert.Contains("no root that could be trusted", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_only_a_replaced_key_has_signed_since_is_not_signed_again()
    {
        using var rotation = await RootRotation.CreateAsync();
        var (repository, old) = (rotation.Repository, rotation.Key("targets"));
        await rotation.RotateAsync(2, "targets");
        // The thief of the old key at work, between the new root and the publish that follows it.
        var path = repository.Workspace.Versioned("targets", 1);
        var targets = MetadataDocument.Parse(File.ReadAllBytes(path));
        targets.SetTarget(new TargetName("evil.img"), 1, new string('0', 64));
        targets.ClearSignatures();
        targets.Sign(SigningKeys.Open([old], KeyAccess.Standard)[0].Signer);
        File.WriteAllBytes(path, targets.ToBytes());

        var refused = await repository.RunAsync(rotation.PublishArguments());
        Assert.Equal(65, refused.Code);
        Assert.Contains("signed by the keys of root version 1 alone", refused.Error, StringComparison.Ordinal);

        // Only a publisher who says that it was himself.
        await repository.MustAsync(rotation.PublishArguments(), ["--accept-former-keys"]);
        Assert.Contains("evil.img", Published.Read(repository.Workspace).TargetFiles.Keys);
    }

    [Fact]
    public async Task Two_roots_in_a_row_carry_over_what_was_published_before_the_first()
    {
        using var rotation = await RootRotation.CreateAsync();
        await rotation.RotateAsync(2, "targets", "snapshot");
        await rotation.RotateAsync(3, "targets", "timestamp");

        await rotation.PublishAsync();

        Assert.Equal(3, (await rotation.Repository.ReadAsHostAsync()).Refresh.RootVersion);
        Assert.False(File.Exists(rotation.Repository.Workspace.Carried));
    }

    [Fact]
    public async Task A_repository_whose_served_files_are_lost_is_not_made_again_with_another_root()
    {
        using var repository = await PublishedAsync();
        var other = repository.Of("other.json");
        await repository.MustAsync([
            "root",
            "set-expiry",
            repository.RootFile,
            "100d",
            "--keep-version",
            "--out",
            other,
        ]);
        await repository.MustAsync(["root", "sign", other, "--key", repository.Key("root")]);
        Directory.Delete(repository.Workspace.Metadata, recursive: true);

        Assert.Equal(76, (await repository.RunAsync("repo", "create", repository.Path, "--root", other)).Code);
        await repository.MustAsync(["repo", "create", repository.Path, "--root", repository.RootFile]);
    }

    private static async Task<TestRepository> PublishedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        return repository;
    }

    /// <summary>A complete root of the same version, by keys of somebody else's.</summary>
    private static async Task ReplaceRootAsync(TestRepository repository)
    {
        var (root, key) = (repository.Of("evil.json"), repository.Key("stranger"));
        await repository.MustAsync(
            ["root", "create", "--out", root, "--root-key", key, "--targets-key", key],
            ["--snapshot-key", key, "--timestamp-key", key]
        );
        await repository.MustAsync(["root", "sign", root, "--key", key]);
        File.Copy(root, repository.Workspace.Versioned("root", 1), overwrite: true);
    }
}
