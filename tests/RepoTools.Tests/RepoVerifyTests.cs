using System.Net;
using RepoTools.Serving;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo verify`: what a new host would say.</summary>
public sealed class RepoVerifyTests
{
    [Fact]
    public async Task A_new_host_takes_what_was_published_from_a_directory_and_from_a_server()
    {
        using var repository = await PublishedAsync();
        await using var server = await RepositoryServer.StartAsync(
            repository.Workspace,
            new IPEndPoint(IPAddress.Loopback, 0),
            default
        );

        foreach (var address in (string[])[repository.Path, server.Url])
        {
            string[] verify = ["repo", "verify", address, "--trust", repository.RootFile];
            var quick = await repository.RunAsync(verify);
            var whole = await repository.RunAsync([.. verify, "--targets", "--json"]);

            Assert.Equal((0, ""), (quick.Code, quick.Error));
            Assert.Contains(
                "a host would take it, judged at 2026-11-20 12:00 UTC",
                quick.Out,
                StringComparison.Ordinal
            );
            Assert.Contains(
                "root 1, timestamp 1, snapshot 1, targets 1, 1 delegated role(s)",
                quick.Out,
                StringComparison.Ordinal
            );
            Assert.Contains("newest: demo 1.2.0 (x86_64)", quick.Out, StringComparison.Ordinal);
            Assert.Equal(0, whole.Code);
            Assert.Equal(4, whole.Json.GetProperty("read").GetInt32());
            Assert.Equal(4, whole.Json.GetProperty("targets").GetInt32());
        }
    }

    [Theory]
    [InlineData("2026-11-27T11:59:59Z", 0, "")]
    [InlineData("2026-11-27T12:00:00Z", 65, "timestamp version 1 expired")]
    [InlineData("2027-11-20T12:00:00Z", 65, "root version 1 expired")]
    public async Task It_is_judged_at_the_time_that_is_asked_for(string at, int code, string says)
    {
        using var repository = await PublishedAsync();

        var result = await repository.RunAsync("repo", "verify", repository.Path, "--at", at);

        Assert.Equal(code, result.Code);
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_target_that_is_not_what_was_signed_is_told_of()
    {
        using var repository = await PublishedAsync();
        var files = Directory
            .GetFiles(repository.Workspace.Targets, "*", SearchOption.AllDirectories)
            .Order()
            .ToArray();
        var hello = files.Single(f => f.EndsWith("hello.txt", StringComparison.Ordinal));
        var boot = files.Single(f => f.Contains("boot", StringComparison.Ordinal));
        File.WriteAllText(hello, "hellO\n");
        File.Delete(boot);

        var quick = await repository.RunAsync("repo", "verify", repository.Path);
        var whole = await repository.RunAsync("repo", "verify", repository.Path, "--targets");

        Assert.Equal(0, quick.Code);
        Assert.Equal(65, whole.Code);
        Assert.Contains("a host would refuse 2 of its targets", whole.Out, StringComparison.Ordinal);
        Assert.Contains("apps/hello.txt has sha256", whole.Error, StringComparison.Ordinal);
        Assert.Contains("boot", whole.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_delegated_role_that_its_delegator_does_not_trust_is_refused()
    {
        using var repository = await PublishedAsync();
        var path = repository.Workspace.Versioned("apps", 1);
        File.WriteAllText(path, File.ReadAllText(path).Replace("hello.txt", "hallo.txt", StringComparison.Ordinal));

        var result = await repository.RunAsync("repo", "verify", repository.Path, "--json");

        Assert.Equal(65, result.Code);
        Assert.Equal("tuf-mismatch", result.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Contains("restore it from a copy", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_it_is_left_behind()
    {
        using var repository = await PublishedAsync();
        var before = Directory.GetDirectories(Path.GetTempPath(), "repo-tools-verify*");

        await repository.MustAsync(["repo", "verify", repository.Path, "--targets"]);
        await repository.RunAsync("repo", "verify", repository.Path, "--at", "2028-01-01T00:00:00Z");

        Assert.Empty(Directory.GetDirectories(Path.GetTempPath(), "repo-tools-verify*").Except(before));
    }

    private static async Task<TestRepository> PublishedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "apps/hello.txt"]
        );
        await repository.MustAsync(repository.PublishRoles("apps"));
        return repository;
    }
}
