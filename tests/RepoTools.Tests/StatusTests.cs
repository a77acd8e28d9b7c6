using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class StatusTests
{
    [Fact]
    public async Task Delegated_roles_a_pause_and_files_that_are_gone_are_shown()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "apps/hello.txt"]
        );
        await repository.MustAsync(["release", "pause", repository.Path, "--all", "--reason", "Change freeze"]);
        await repository.MustAsync(repository.PublishRoles("apps"));
        var whole = await repository.MustAsync(["status", repository.Path]);

        File.Delete(
            Directory.GetFiles(repository.Workspace.Targets, "*hello.txt", SearchOption.AllDirectories).Single()
        );
        var status = await repository.MustAsync(["status", repository.Path]);

        Assert.Matches("\napps +1 +2027-02-18 12:00 UTC \\(in 90 d\\) +1 of 1", status.Out);
        Assert.Contains("\nEverything is paused: Change freeze", status.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("MISSING", whole.Out, StringComparison.Ordinal);
        Assert.Contains(
            "\nMISSING: The file of the target apps/hello.txt is not in",
            status.Out,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_role_or_a_manifest_that_is_gone_does_not_keep_status_from_telling_the_rest()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));
        File.Delete(repository.Workspace.Versioned("apps", 1));
        File.Delete(Directory.GetFiles(repository.Workspace.Targets, "*manifest.json").Single());

        var json = (await repository.MustAsync(["status", repository.Path, "--json"])).Json;

        Assert.Equal(3, json.GetProperty("faults").GetArrayLength());
        var apps = Assert.Single(json.GetProperty("delegated").EnumerateArray());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, apps.GetProperty("version").ValueKind);
    }

    [Fact]
    public async Task Of_many_bins_those_in_order_take_no_lines()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.BinsAsync(64);
        await repository.MustAsync(repository.PublishRoles("bin-*=bins"));

        var status = await repository.MustAsync(["status", repository.Path]);

        Assert.Contains("and 44 more delegated roles", status.Out, StringComparison.Ordinal);
    }
}
