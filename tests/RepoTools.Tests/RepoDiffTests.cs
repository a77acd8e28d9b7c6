using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo diff`: what a publish changed.</summary>
public sealed class RepoDiffTests
{
    [Fact]
    public async Task A_copy_is_the_same_and_what_was_published_since_is_told()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.1.0");
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "hello.txt"]
        );
        await repository.MustAsync(repository.PublishArguments());
        var old = repository.Of("old");
        await Tool.WitnessAsync("cp", "-a", repository.Path, old);

        var same = await repository.RunAsync("repo", "diff", old, repository.Path);
        Assert.Equal((0, $"{old} and {repository.Path} are the same.\n"), (same.Code, same.Out));

        await repository.MustAsync(["target", "remove", repository.Path, "hello.txt"]);
        await repository.AddAsync("1.2.0");
        await repository.DelegateAsync("apps", "--paths", "apps/*");
        await repository.MustAsync(repository.PublishRoles("apps"));

        var result = await repository.RunAsync("repo", "diff", old, repository.Path);

        Assert.Equal(79, result.Code);
        Assert.Empty(result.Error);
        foreach (
            var line in (string[])
                [
                    "- role timestamp: version 1, expires 2026-11-27 12:00:00 UTC",
                    "+ role timestamp: version 2, expires 2026-11-27 12:00:00 UTC",
                    "+ role apps: version 1, ",
                    "+ delegation targets to apps: place 1, apps/*, 1 of ",
                    "- target hello.txt: 6 bytes (6 B), 5891b5b522d5",
                    "+ target demo-x86_64-1.2.0-boot",
                    "+ release demo 1.2.0 (x86_64) waves: ",
                    "- release demo 1.1.0 (x86_64) max_version: 1.1.0",
                    "+ release demo 1.1.0 (x86_64) max_version: 1.2.0",
                ]
        )
        {
            Assert.Contains($"\n{line}", result.Out, StringComparison.Ordinal);
        }

        // Nothing of the root changed.
        Assert.DoesNotContain("\n+ root ", result.Out, StringComparison.Ordinal);
        var json = (await repository.RunAsync("repo", "diff", repository.Path, old, "--json")).Json;
        Assert.False(json.GetProperty("same").GetBoolean());
    }

    [Fact]
    public async Task Keys_and_thresholds_of_the_root_are_compared()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.MustAsync(repository.PublishArguments());
        var old = repository.Of("old");
        await Tool.WitnessAsync("cp", "-a", repository.Path, old);
        var next = repository.Of("root-2.json");
        await repository.MustAsync([
            "root",
            "add-key",
            repository.RootFile,
            "--role",
            "timestamp",
            "--key",
            repository.Key("stranger"),
            "--out",
            next,
        ]);
        await repository.SignRootAsync(next);
        await repository.MustAsync(["root", "publish", repository.Path, next]);

        var result = await repository.RunAsync("repo", "diff", old, repository.Path);

        Assert.Equal(79, result.Code);
        Assert.Contains("\n+ root timestamp key ", result.Out, StringComparison.Ordinal);
        Assert.Contains(
            "\n- root timestamp threshold: 1 of 1\n+ root timestamp threshold: 1 of 2\n",
            result.Out,
            StringComparison.Ordinal
        );
    }
}
