using System.CommandLine;
using System.Security.Cryptography;
using RepoTools.Commands;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>--dry-run: the same decisions and refusals, and not one file that is other than before.</summary>
public sealed class DryRunTests
{
    private static readonly Dictionary<string, string> s_commands = new(StringComparer.Ordinal)
    {
        ["release add"] = "--version 1.4.0 --variant demo --arch x86_64 --boot boot.img --root root.img",
        ["release recall"] = "--version 1.3.0 --reason Hot",
        ["release restore"] = "--version 1.2.0",
        ["release pause"] = "--version 1.3.0 --reason Checking",
        ["release resume"] = "--all",
        ["release set-max-version"] = "--max-version 1.3.0",
        ["release set-min-version"] = "--version 1.3.0 --min-version 1.1.0",
        ["release deadline"] = "--version 1.3.0 --at 2026-12-01T00:00:00Z",
        ["release notes"] = "--version 1.3.0 --text Faster",
        ["release remove"] = "--version 1.3.0",
        ["waves set"] = "--version 1.3.0 --policy emergency",
        ["waves shift"] = "--version 1.3.0 --by 4h",
        ["waves stop"] = "--version 1.3.0",
        ["migration add"] = "1.2.0 1.3.0 boot.img",
        ["migration none"] = "1.2.0 1.3.0",
        ["migration remove"] = "1.1.0 1.2.0",
    };

    public static TheoryData<string> Commands => [.. s_commands.Keys];

    [Fact]
    public void Every_command_that_changes_a_draft_has_a_dry_run_and_is_tested()
    {
        var tree = CommandTree.Build(TimeProvider.System);
        var groups = tree.Subcommands.Where(c => c.Name is "release" or "waves" or "migration").ToArray();
        var commands = groups.SelectMany(g => g.Subcommands.Select(c => (Path: $"{g.Name} {c.Name}", Command: c)));

        var writing = commands.Where(c => c.Command.Name is not ("list" or "show" or "preview" or "explain")).ToArray();
        Assert.All(writing, c => Assert.IsAssignableFrom<DraftCommand>(c.Command));
        Assert.Equal(s_commands.Keys.Order(), writing.Select(c => c.Path).Order());
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_dry_run_answers_and_leaves_every_file_as_it_was(string command)
    {
        using var repository = await PreparedAsync();
        string[] args =
        [
            .. command.Split(' '),
            repository.Path,
            .. s_commands[command]
                .Split(' ')
                .Select(w => w.EndsWith(".img", StringComparison.Ordinal) ? repository.Of(w) : w),
        ];
        var before = Tree(repository);

        var text = await repository.MustAsync(args, ["--dry-run"]);
        var json = await repository.MustAsync(args, ["--dry-run", "--json"]);

        Assert.Equal(before, Tree(repository));
        Assert.EndsWith("This was a dry run: nothing was written.\n", text.Out, StringComparison.Ordinal);
        Assert.True(json.Json.GetProperty("dry_run").GetBoolean());

        var real = await repository.MustAsync(args, ["--json"]);
        Assert.NotEqual(before, Tree(repository));
        Assert.False(real.Json.GetProperty("dry_run").GetBoolean());
    }

    [Fact]
    public async Task A_dry_run_does_not_wait_for_a_publisher_and_refuses_what_would_be_refused()
    {
        using var repository = await PreparedAsync();
        using var other = RepoTools.Publishing.PublisherLock.Take(repository.Workspace);

        await repository.MustAsync(["release", "remove", repository.Path, "--version", "1.3.0", "--dry-run"]);
        var refused = await repository.RunAsync(
            "release",
            "remove",
            repository.Path,
            "--version",
            "9.9.9",
            "--dry-run"
        );

        Assert.Equal(66, refused.Code);
    }

    /// <summary>1.2.0 published and recalled, 1.3.0 in the draft, everything paused, a step; no lock file, so that one would be seen.</summary>
    private static async Task<TestRepository> PreparedAsync()
    {
        var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        await repository.AddAsync("1.3.0");
        await repository.MustAsync(["release", "recall", repository.Path, "--version", "1.2.0", "--reason", "Old"]);
        await repository.MustAsync(["release", "pause", repository.Path, "--all", "--reason", "Freeze"]);
        await repository.MustAsync(["migration", "none", repository.Path, "1.1.0", "1.2.0"]);
        File.Delete(repository.Workspace.Lock);
        return repository;
    }

    private static Dictionary<string, string> Tree(TestRepository repository) =>
        Directory
            .EnumerateFileSystemEntries(repository.Path, "*", SearchOption.AllDirectories)
            .ToDictionary(
                path => path,
                path =>
                    File.Exists(path)
                        ? $"{File.GetLastWriteTimeUtc(path):O} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"
                        : ""
            );
}
