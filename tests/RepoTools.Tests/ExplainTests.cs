using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`repo explain` and `release explain`: who answers, and why nobody does.</summary>
public sealed class ExplainTests
{
    [Fact]
    public async Task The_way_to_a_target_is_told_role_by_role()
    {
        using var repository = await DelegatedAsync();

        var result = await ExplainAsync(repository, "apps/hello.txt");

        Assert.Equal((0, ""), (result.Code, result.Error));
        var json = (await ExplainAsync(repository, "apps/hello.txt", "--json")).Json;
        var (root, first, apps) = (KeyOf(json, 0), KeyOf(json, 1), KeyOf(json, 2));
        Assert.Equal(
            $"""
            apps/hello.txt: apps answers for it
              length  6 bytes
              sha256  5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03
              file    file://{repository.Path}/targets/apps/5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03.hello.txt: there, and right

            A host asks
              1. targets version 1: does not list it
                 signed by {root}, 1 needed
              2. first version 1, to which targets delegates apps/*: does not list it
                 signed by {first}, 1 needed
              3. apps version 1, to which targets delegates apps/*, terminating: has it
                 signed by {apps}, 1 needed
            It does not ask
              docs, to which targets delegates: it is only for docs/*
              late, to which targets delegates: the search ends before it, at the terminating role apps

            """,
            result.Out
        );
    }

    [Fact]
    public async Task Of_a_target_that_nobody_has_it_is_told_who_said_no_and_why()
    {
        using var repository = await DelegatedAsync();

        var result = await ExplainAsync(repository, "docs/none.txt");

        Assert.Equal(66, result.Code);
        Assert.StartsWith("docs/none.txt: nobody answers for it\n", result.Out, StringComparison.Ordinal);
        Assert.Contains(
            "2. docs version 1, to which targets delegates docs/*: does not list it",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Contains(
            "apps, to which targets delegates: it is only for apps/*",
            result.Out,
            StringComparison.Ordinal
        );
        Assert.Single(result.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData(false, 65, "wrong")]
    [InlineData(true, 66, "missing")]
    public async Task A_file_that_is_not_right_has_its_exit_code(bool isGone, int code, string state)
    {
        using var repository = await DelegatedAsync();
        var file = Directory.GetFiles(repository.Workspace.Targets, "*hello.txt", SearchOption.AllDirectories).Single();
        File.WriteAllText(file, "hellO\n");
        if (isGone)
        {
            File.Delete(file);
        }

        var result = await ExplainAsync(repository, "apps/hello.txt", "--json");

        Assert.Equal(code, result.Code);
        Assert.Equal(state, result.Json.GetProperty("file").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_bin_answers_for_the_names_that_fall_into_it()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.BinsAsync(16);
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "apps/hello.txt"]
        );
        await repository.MustAsync(repository.PublishRoles("bin-*=bins"));

        var result = await ExplainAsync(repository, "apps/hello.txt");

        Assert.Equal(0, result.Code);
        Assert.Matches(
            "2\\. bin-[0-9a-f] version 1, to which targets delegates the bin of this name, one of 16",
            result.Out
        );
        Assert.DoesNotContain("does not ask", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_on_the_way_that_is_gone_is_an_error()
    {
        using var repository = await DelegatedAsync();
        File.Delete(repository.Workspace.Versioned("first", 1));

        Assert.Equal(66, (await ExplainAsync(repository, "apps/hello.txt")).Code);
        // Nobody needs it on the way to this one.
        Assert.Contains("docs", (await ExplainAsync(repository, "docs/none.txt")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_is_told_with_its_images_and_who_may_take_it_when()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.1.0");
        await repository.AddAsync("1.2.0", "--wave-policy", "accelerated");
        await repository.MustAsync(["waves", "stop", repository.Path, "--version", "1.2.0", "--reason", "Looked into"]);
        await repository.MustAsync(repository.PublishArguments());

        string[] explain =
        [
            "release",
            "explain",
            repository.Path,
            "--version",
            "1.2.0",
            "--at",
            "2026-11-21T00:00:00Z",
        ];
        var result = await repository.RunAsync(explain);
        var old = await repository.RunAsync("release", "explain", repository.Path, "--version", "1.1.0");

        Assert.Equal(0, result.Code);
        Assert.Contains("there, and right", result.Out, StringComparison.Ordinal);
        Assert.Contains("Nobody takes it: it is paused (Looked into).", result.Out, StringComparison.Ordinal);
        Assert.Contains("Hosts above 1.2.0 go down", result.Out, StringComparison.Ordinal);
        Assert.Contains("Hosts choose demo 1.2.0 (x86_64) in its place.", old.Out, StringComparison.Ordinal);
        Assert.Equal(66, (await repository.RunAsync("release", "explain", repository.Path, "--version", "9.9.9")).Code);

        File.Delete(Directory.GetFiles(repository.Workspace.Targets, "*1.2.0-boot*").Single());
        var gone = await repository.RunAsync(explain);
        Assert.Equal(66, gone.Code);
        Assert.Contains("MISSING", gone.Out, StringComparison.Ordinal);
    }

    private static Task<ToolResult> ExplainAsync(TestRepository repository, string target, params string[] more) =>
        repository.RunAsync(["repo", "explain", repository.Path, target, .. more]);

    private static string KeyOf(System.Text.Json.JsonElement json, int asked) =>
        json.GetProperty("asked")[asked].GetProperty("signed_by")[0].GetString()![..12];

    /// <summary>first, apps (terminating, has apps/hello.txt), docs, late.</summary>
    private static async Task<TestRepository> DelegatedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.DelegateAsync("first", "--paths", "apps/*");
        await repository.DelegateAsync("apps", "--paths", "apps/*", "--terminating");
        await repository.DelegateAsync("docs", "--paths", "docs/*");
        await repository.DelegateAsync("late", "--paths", "apps/*");
        await repository.MustAsync(
            ["target", "add", repository.Path, repository.TextFile("hello.txt", "hello\n")],
            ["--name", "apps/hello.txt", "--role", "apps"]
        );
        await repository.MustAsync(repository.PublishRoles("first", "apps", "docs", "late"));
        return repository;
    }
}
