using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo lint`: each finding once where it is, and not where it is not.</summary>
public sealed class RepoLintTests
{
    [Fact]
    public async Task A_repository_with_one_root_key_has_that_finding_alone()
    {
        using var repository = await PublishedAsync();

        var result = await LintAsync(repository);

        Assert.Equal(79, result.Code);
        Assert.Equal(["root-threshold"], Names(result));
    }

    [Theory]
    [InlineData("2026-11-27T12:00:00Z", "expired")]
    [InlineData("2028-11-27T12:00:00Z", "expired")]
    public async Task What_has_expired_is_an_error(string at, string name)
    {
        using var repository = await PublishedAsync();

        Assert.Contains(name, Names(await LintAsync(repository, "--at", at)));
    }

    [Fact]
    public async Task A_timestamp_that_outlives_its_snapshot_is_told_of()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.MustAsync(repository.PublishArguments(), ["--timestamp-expires", "120d"]);

        Assert.Contains("expiry-order", Names(await LintAsync(repository)));
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

        Assert.Equal(isFound, Names(await LintAsync(repository)).Contains("delegation-unreachable"));
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

        var result = await LintAsync(repository);

        Assert.Contains("delegation-key-shared", Names(result));
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
            Names(await LintAsync(repository)).Order(StringComparer.Ordinal)
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
            Names(await LintAsync(repository)).ToHashSet(),
            new HashSet<string> { "role-unusable", "root-threshold" }
        );
    }

    [Fact]
    public async Task A_release_that_hosts_can_never_choose_is_told_of()
    {
        using var repository = await PublishedAsync();
        await repository.MustAsync(["release", "recall", repository.Path, "--version", "1.2.0", "--reason", "Bad"]);
        await repository.MustAsync(repository.PublishArguments());

        Assert.Contains("all-recalled", Names(await LintAsync(repository)));
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

        Assert.DoesNotContain("test-key", Names(await LintAsync(repository)));
        var result = await LintAsync(repository, ["--key-file", .. test, repository.Key("timestamp")]);
        Assert.Single(Names(result), "test-key");
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

        Assert.Equal(["root-threshold"], Names(result));
    }

    private static Task<ToolResult> LintAsync(TestRepository repository, params string[] more) =>
        repository.RunAsync(["repo", "lint", repository.Path, "--json", .. more]);

    private static string[] Names(ToolResult result) =>
        [.. result.Json.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("name").GetString()!)];

    private static async Task<TestRepository> PublishedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        return repository;
    }
}
