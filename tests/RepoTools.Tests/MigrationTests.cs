using RepoTools.Releases;
using RepoTools.Tests.Simulators;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using Xunit;

namespace RepoTools.Tests;

public sealed class MigrationTests
{
    [Fact]
    public async Task Migrations_become_compressed_targets_in_their_order()
    {
        using var repository = await TestRepository.CreateAsync();
        var (first, second) = (repository.Image("rename-setting", 3000, 1), repository.Image("add-default", 4000, 2));

        await repository.MustAsync(["migration", "add", repository.Path, "1.1.0", "v1.2.0", first, second]);
        await repository.MustAsync(["migration", "none", repository.Path, "1.2.0", "1.2.1"]);
        await repository.MustAsync(repository.PublishArguments());

        var (_, manifest) = await repository.ReadAsHostAsync();
        string[] targets = ["migrate_v1.2.0_rename-setting.zst", "migrate_v1.2.0_add-default.zst"];
        Assert.Equal(["(1.1.0, 1.2.0)", "(1.2.0, 1.2.1)"], manifest!.Migrations.Keys);
        Assert.Equal(targets, manifest.Migrations["(1.1.0, 1.2.0)"]);
        Assert.Empty(manifest.Migrations["(1.2.0, 1.2.1)"]);
        var file = Directory.GetFiles(repository.Workspace.Targets, "*add-default.zst").Single();
        await Tool.WitnessAsync("zstd", "-q", "-d", file, "-o", repository.Of("decoded"));
        Assert.Equal(File.ReadAllBytes(second), File.ReadAllBytes(repository.Of("decoded")));

        var list = await repository.MustAsync(["migration", "list", repository.Path]);
        const string Golden = """
            STEP            MIGRATIONS
            (1.1.0, 1.2.0)  migrate_v1.2.0_rename-setting.zst, migrate_v1.2.0_add-default.zst
            (1.2.0, 1.2.1)  nothing is needed

            """;
        Assert.Equal(Golden, list.Out);
    }

    [Fact]
    public async Task A_removed_step_takes_its_targets_out_of_the_next_publication()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository);
        await repository.MustAsync(repository.PublishArguments());

        await repository.MustAsync(["migration", "remove", repository.Path, "1.1.0", "1.2.0"]);
        await repository.MustAsync(repository.PublishArguments());

        Assert.Empty((await repository.ReadAsHostAsync()).Manifest!.Migrations);
        var targets = RepoTools.Publishing.Published.Read(repository.Workspace).TargetFiles.Keys;
        Assert.Equal([Manifest.DefaultTargetName], targets);
    }

    [Fact]
    public async Task Publish_refuses_a_manifest_whose_migration_is_missing_and_names_it()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository);
        File.Delete(repository.Workspace.DraftFile("migrate_v1.2.0_step.zst"));

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(66, result.Code);
        Assert.Contains("migrate_v1.2.0_step.zst", result.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(repository.Workspace.Timestamp));
    }

    [Theory]
    [InlineData(64, "A step goes up", "1.2.0", "1.1.0", "step")]
    [InlineData(64, "A step goes up", "1.2.0", "1.2.0", "step")]
    [InlineData(64, "no version like 1.2.0", "one", "1.2.0", "step")]
    [InlineData(64, "another version than 1.2.0", "1.1.0", "1.2.0", "migrate_v1.3.0_step")]
    [InlineData(66, "There is no file", "1.1.0", "1.2.0", "missing")]
    [InlineData(65, "is empty", "1.1.0", "1.2.0", "empty")]
    [InlineData(64, "can't be part of a target's name", "1.1.0", "1.2.0", ".hidden")]
    public async Task A_wrong_step_is_refused_in_one_sentence(int code, string why, string from, string to, string file)
    {
        using var repository = await TestRepository.CreateAsync();
        repository.Image("step", 100, 1);
        File.WriteAllBytes(repository.Of("empty"), []);

        var result = await repository.RunAsync("migration", "add", repository.Path, from, to, repository.Of(file));

        Assert.Equal(code, result.Code);
        Assert.Contains(
            why.Replace("no version", "not a version", StringComparison.Ordinal),
            result.Error,
            StringComparison.Ordinal
        );
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.False(File.Exists(repository.Workspace.DraftManifest));
    }

    [Fact]
    public async Task A_step_and_a_target_are_there_only_once()
    {
        using var repository = await TestRepository.CreateAsync();
        await AddAsync(repository);
        var file = repository.Of("step");

        var step = await repository.RunAsync("migration", "none", repository.Path, "1.1.0", "1.2.0");
        var target = await repository.RunAsync("migration", "add", repository.Path, "1.0.0", "1.2.0", file);
        var twice = await repository.RunAsync("migration", "add", repository.Path, "1.2.0", "1.3.0", file, file);
        var missing = await repository.RunAsync("migration", "remove", repository.Path, "1.0.0", "1.2.0");

        Assert.Equal((76, 76, 76, 66), (step.Code, target.Code, twice.Code, missing.Code));
        Assert.Contains("migrate_v1.2.0_step.zst is named already", target.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a/rename", "migrate_v1.2.0_rename.zst")]
    [InlineData("migrate_v1.2.0_rename", "migrate_v1.2.0_rename.zst")]
    public void A_target_tells_its_version(string file, string target) =>
        Assert.Equal(target, MigrationSteps.TargetName(file, SemanticVersion.Parse("1.2.0")));

    private static async Task AddAsync(TestRepository repository) =>
        await repository.MustAsync([
            "migration",
            "add",
            repository.Path,
            "1.1.0",
            "1.2.0",
            repository.Image("step", 500, 3),
        ]);
}
