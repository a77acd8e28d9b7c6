using System.Diagnostics;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>
/// The real program, ended by SIGKILL in the middle: a host that reads the copy then finds the old repository or the new one, and the next run completes
/// it.
/// </summary>
public sealed class KilledCloneTests
{
    private const string Old = "1.2.0";
    private const string New = "1.2.0 1.3.0";

    [Theory]
    [InlineData("metadata/timestamp.json")]
    [InlineData("metadata/2.targets.json")]
    [InlineData("boot.img.zst")]
    [InlineData("manifest.json")]
    public async Task Killed_while_something_is_fetched_it_has_left_the_old_repository(string at)
    {
        using var repository = await PreparedAsync();
        using var clone = new Process();
        using var source = new WatchedSource(
            repository.Path,
            path =>
            {
                // Not again by the run that completes it.
                if (path.EndsWith(at, StringComparison.Ordinal) && !clone.HasExited)
                {
                    clone.Kill();
                    clone.WaitForExit();
                }
            }
        );
        clone.StartInfo = new ProcessStartInfo(Tool.Program, ["repo", "clone", source.Url, repository.Of("mirror")])
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        clone.Start();
        await clone.WaitForExitAsync();

        Assert.Equal(128 + 9, clone.ExitCode);
        Assert.Equal(Old, await HostFindsAsync(repository, "mirror"));
        await repository.MustAsync(["repo", "clone", source.Url, repository.Of("mirror")]);
        Assert.Equal(New, await HostFindsAsync(repository, "mirror"));
    }

    [Theory]
    [InlineData("targets", 1, Old, 0)]
    [InlineData("metadata", 1, Old, 1)]
    [InlineData("metadata", 2, Old, 2)]
    [InlineData("metadata", 3, New, 3)]
    public async Task Killed_when_a_file_has_just_become_visible_it_has_left_the_old_repository_or_the_new(
        string directory,
        int flush,
        string found,
        int metadata
    )
    {
        using var repository = await PreparedAsync();
        var before = FileTree.Of(repository.Of("mirror/metadata"));

        await KillAtFlushAsync(repository, directory, flush);

        string[] order = ["2.targets.json", "2.snapshot.json", "timestamp.json"];
        var changed = FileTree.Of(repository.Of("mirror/metadata")).Except(before).Select(file => file.Key);
        Assert.Equal(order[..metadata].Order(), changed.Where(order.Contains));
        Assert.Equal(found, await HostFindsAsync(repository, "mirror"));
        await repository.MustAsync(["repo", "clone", repository.Path, repository.Of("mirror")]);
        Assert.Equal(FileTree.Served(repository.Path), FileTree.Served(repository.Of("mirror")));
    }

    [Theory]
    [InlineData("metadata", 1, false)]
    [InlineData("metadata", 2, false)]
    [InlineData("metadata", 3, false)]
    [InlineData("metadata", 4, true)]
    [InlineData("trust", 1, true)]
    public async Task A_first_copy_that_was_killed_is_none_yet_or_whole_and_the_next_run_completes_it(
        string directory,
        int flush,
        bool isWhole
    )
    {
        using var repository = await PreparedAsync();
        Directory.Delete(repository.Of("mirror"), recursive: true);

        await KillAtFlushAsync(repository, directory, flush);

        Assert.Equal(isWhole, File.Exists(repository.Of("mirror/metadata/timestamp.json")));
        if (isWhole)
        {
            Assert.Equal(New, await HostFindsAsync(repository, "mirror"));
        }

        await repository.MustAsync([
            "repo",
            "clone",
            repository.Path,
            repository.Of("mirror"),
            "--trust",
            repository.RootFile,
        ]);
        Assert.Equal(New, await HostFindsAsync(repository, "mirror"));
    }

    /// <summary>A copy of 1.2.0, and a repository that has 1.3.0 too. By the real clock, which the program has.</summary>
    private static async Task<TestRepository> PreparedAsync()
    {
        var repository = await TestRepository.CreateAsync(now: TimeProvider.System.GetUtcNow());
        await CloneTests.PublishAsync(repository, "1.2.0");
        await repository.MustAsync([
            "repo",
            "clone",
            repository.Path,
            repository.Of("mirror"),
            "--trust",
            repository.RootFile,
        ]);
        await CloneTests.PublishAsync(repository, "1.3.0");
        return repository;
    }

    private static Task KillAtFlushAsync(TestRepository repository, string directory, int flush) =>
        Strace.KillAtFlushAsync(
            repository.Of($"mirror/{directory}"),
            flush,
            ["repo", "clone", repository.Path, repository.Of("mirror"), "--trust", repository.RootFile]
        );

    private static async Task<string> HostFindsAsync(TestRepository repository, string mirror) =>
        string.Join(' ', await CloneTests.HostReadsAsync(repository, mirror));
}
