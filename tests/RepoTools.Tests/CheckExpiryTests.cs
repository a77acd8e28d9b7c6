using System.Net;
using System.Text.Json;
using RepoTools.Serving;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo check-expiry`: what a timer that watches a repository learns.</summary>
public sealed class CheckExpiryTests
{
    private static readonly IPEndPoint s_anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Each_role_is_listed_with_what_is_left()
    {
        using var repository = await PublishedAsync();

        var result = await repository.RunAsync("repo", "check-expiry", repository.Path);

        Assert.Equal(0, result.Code);
        Assert.Empty(result.Error);
        Assert.Equal(
            """
            ROLE       VERSION  EXPIRES               LEFT
            root       1        2027-11-20 12:00 UTC  365 d
            timestamp  1        2026-11-27 12:00 UTC  7 d
            snapshot   1        2027-02-18 12:00 UTC  90 d
            targets    1        2027-02-18 12:00 UTC  90 d

            """,
            result.Out
        );
    }

    [Theory]
    [InlineData("2026-11-27T11:59:59Z", "10s", 79, "timestamp version 1 expires in 1 s")]
    [InlineData("2026-11-27T11:59:59Z", "1s", 79, "`repo-tools timestamp refresh`")]
    [InlineData("2026-11-26T12:00:00Z", "23h", 0, "")]
    [InlineData("2026-11-27T12:00:00Z", "1s", 65, "timestamp version 1 expired")]
    [InlineData("2027-02-18T12:00:00Z", "1s", 65, "targets version 1 expired")]
    [InlineData("2027-02-18T12:00:00Z", "timestamp=1s", 65, "`repo-tools publish --renew targets`")]
    [InlineData("2026-11-20T12:00:00Z", "root=400d", 79, "hold a ceremony")]
    [InlineData("2026-11-20T12:00:00Z", "targets=89d", 0, "")]
    public async Task The_exit_code_tells_soon_from_expired(string at, string within, int code, string says)
    {
        using var repository = await PublishedAsync();

        var result = await repository.RunAsync("repo", "check-expiry", repository.Path, "--at", at, "--within", within);

        Assert.Equal(code, result.Code);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delegated_roles_and_bins_are_watched_too()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.BinsAsync(64);
        await repository.MustAsync(repository.PublishRoles("bin-*=bins"), ["--role-expires", "bin-2a=1d"]);

        var result = await repository.RunAsync("repo", "check-expiry", repository.Path, "--within", "2d", "--json");
        var text = await repository.RunAsync("repo", "check-expiry", repository.Path, "--within", "2d");

        Assert.Equal(79, result.Code);
        Assert.Equal("soon", result.Json.GetProperty("state").GetString());
        Assert.Equal(68, result.Json.GetProperty("roles").GetArrayLength());
        var soon = result.Json.GetProperty("roles").EnumerateArray().Single(r => Text(r, "state") == "soon");
        Assert.Equal(("bin-2a", 86_400), (Text(soon, "role"), soon.GetProperty("left_seconds").GetInt64()));
        Assert.Equal(
            "bin-2a version 1 expires in 1 d, at 2026-11-21 12:00 UTC: run `repo-tools publish --renew bin-2a`.\n",
            text.Error
        );
        Assert.Contains("and 47 more roles", text.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_served_is_judged_from_the_root_that_is_trusted()
    {
        using var repository = await PublishedAsync();
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        foreach (var address in (string[])[server.Url, $"{server.Url}/", $"file://{repository.Path}"])
        {
            var trusted = await repository.RunAsync("repo", "check-expiry", address, "--trust", repository.RootFile);
            var unknown = await repository.RunAsync("repo", "check-expiry", address);

            Assert.Equal((0, ""), (trusted.Code, trusted.Error));
            Assert.Equal(78, unknown.Code);
            Assert.Contains("--trust ROOT", unknown.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_timestamp_of_somebody_else_is_no_timestamp()
    {
        using var repository = await PublishedAsync();
        var text = File.ReadAllText(repository.Workspace.Timestamp);
        File.WriteAllText(
            repository.Workspace.Timestamp,
            text.Replace("2026-11-27", "2036-11-27", StringComparison.Ordinal)
        );

        var result = await repository.RunAsync("repo", "check-expiry", repository.Path, "--json");

        Assert.Equal(65, result.Code);
        Assert.Equal("tuf-threshold", Text(result.Json.GetProperty("error"), "code"));
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public async Task A_delegated_role_that_is_gone_is_an_error_and_not_a_shorter_list()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        File.Delete(repository.Workspace.Versioned("apps", 1));

        var result = await repository.RunAsync("repo", "check-expiry", repository.Path);

        Assert.Equal(66, result.Code);
        Assert.Contains("The repository has no apps", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Out);
    }

    [Theory]
    [InlineData("ftp://example.org/repo", 64)]
    [InlineData("/nonexistent", 66)]
    public async Task What_is_no_repository_is_one_sentence(string address, int code)
    {
        using var repository = await PublishedAsync();

        var result = await repository.RunAsync("repo", "check-expiry", address, "--trust", repository.RootFile);

        Assert.Equal(code, result.Code);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static async Task<TestRepository> PublishedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.MustAsync(repository.PublishArguments());
        return repository;
    }
}
