using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo lint`: what it reads, and the findings of keys, order and files; the others are in <see cref="RepoLintFindingTests"/>.</summary>
public sealed class RepoLintTests
{
    [Fact]
    public async Task A_repository_with_one_root_key_has_that_finding_alone()
    {
        using var repository = await PublishedAsync();

        var result = await repository.LintAsync();

        Assert.Equal(79, result.Code);
        Assert.Equal(["root-threshold"], Lint.Names(result));
    }

    [Theory]
    [InlineData("2026-11-27T12:00:00Z", "expired")]
    [InlineData("2028-11-27T12:00:00Z", "expired")]
    public async Task What_has_expired_is_an_error(string at, string name)
    {
        using var repository = await PublishedAsync();

        Assert.Contains(name, Lint.Names(await repository.LintAsync("--at", at)));
    }

    [Theory]
    [InlineData("apps/*", "apps/*", true)]
    [InlineData("*", "tool-*", true)]
    [InlineData("apps/*", "apps/a/b*", false)]
    [InlineData("apps/a*", "apps/*", false)]
    [InlineData("apps/?", "apps/*", false)]
    public async Task Who_stands_behind_a_terminating_role_for_the_same_names_is_never_asked(
        string wide,
        string narrow,
        bool isFound
    )
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("first", "--paths", wide, "--terminating");
        await repository.DelegateAsync("second", "--paths", narrow);
        await repository.MustAsync(repository.PublishRoles("first", "second"));

        Assert.Equal(isFound, Lint.Names(await repository.LintAsync()).Contains("delegation-unreachable"));
    }

    [Fact]
    public async Task Keys_that_are_shared_are_told_of()
    {
        using var repository = await TestRepository.CreateAsync();
        foreach (var role in (string[])["one", "two"])
        {
            await repository.MustAsync([
                "delegation",
                "add",
                repository.Path,
                role,
                "--key",
                repository.Key("timestamp"),
                "--paths",
                $"{role}/*",
            ]);
        }

        await repository.MustAsync(repository.PublishRoles("one=timestamp", "two=timestamp"));

        var result = await repository.LintAsync();

        Assert.Contains("delegation-key-shared", Lint.Names(result));
        Assert.Contains("one, timestamp, two", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_are_gone_cut_short_or_nobodys_are_told_of()
    {
        using var repository = await PublishedAsync();
        var targets = repository.Workspace.Targets;
        File.Delete(Directory.GetFiles(targets, "*boot*").Single());
        var root = Directory.GetFiles(targets, "*root.img*").Single();
        File.WriteAllBytes(root, File.ReadAllBytes(root)[..^1]);
        File.WriteAllText(Path.Combine(targets, "notes.txt"), "whose?");
        var garbage = Path.Combine(targets, new string('a', 64) + ".old.bin");
        File.WriteAllText(garbage, "old");
        File.SetLastWriteTimeUtc(garbage, TestRepository.Start.UtcDateTime.AddDays(-8));

        Assert.Equal(
            ["root-threshold", "strange-files", "target-length", "target-missing", "unreferenced-targets"],
            Lint.Names(await repository.LintAsync()).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public async Task A_delegated_role_that_no_host_can_use_is_a_finding_and_the_rest_goes_on()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        File.Delete(repository.Workspace.Versioned("apps", 1));

        Assert.Subset(
            Lint.Names(await repository.LintAsync()).ToHashSet(),
            new HashSet<string> { "role-unusable", "root-threshold" }
        );
    }

    [Fact]
    public async Task A_test_key_that_a_role_trusts_is_told_by_its_file()
    {
        using var repository = await TestRepository.CreateAsync();
        string[] test = [repository.Of("test.pem"), repository.Of("unused.pem")];
        foreach (var key in test)
        {
            await repository.MustAsync(["key", "generate", key, "--test"]);
        }

        await repository.MustAsync([
            "delegation",
            "add",
            repository.Path,
            "apps",
            "--key",
            test[0],
            "--paths",
            "apps/*",
            "--allow-test-keys",
        ]);
        await repository.MustAsync(
            repository.PublishArguments(),
            ["--role-key", $"apps={test[0]}", "--allow-test-keys"]
        );

        Assert.DoesNotContain("test-key", Lint.Names(await repository.LintAsync()));
        var result = await repository.LintAsync(["--key-file", .. test, repository.Key("timestamp")]);
        Assert.Single(Lint.Names(result), "test-key");
        Assert.Contains("test.pem is marked as a test key, and may sign apps.", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_served_is_looked_at_without_its_files()
    {
        using var repository = await PublishedAsync();
        File.WriteAllText(Path.Combine(repository.Workspace.Targets, "notes.txt"), "whose?");
        await using var server = await RepoTools.Serving.RepositoryServer.StartAsync(
            repository.Workspace,
            new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0),
            default
        );

        var result = await repository.RunAsync("repo", "lint", server.Url, "--trust", repository.RootFile, "--json");

        Assert.Equal(["root-threshold"], Lint.Names(result));
    }

    private static async Task<TestRepository> PublishedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        return repository;
    }
}
