using RepoTools.Publishing;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class PublisherLockTests
{
    [Fact]
    public async Task While_another_publisher_is_at_work_a_command_is_refused_as_busy()
    {
        using var repository = await TestRepository.CreateAsync();
        using var other = PublisherLock.Take(repository.Workspace);

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(75, result.Code);
        Assert.Contains("Another publisher is at work", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lock_that_cannot_be_opened_is_told_as_that_because_no_later_run_will_do_better()
    {
        using var repository = await TestRepository.CreateAsync();
        // Stands for a medium that has become read-only, which takes privileges to make: the system refuses to open it, and nobody holds it.
        File.Delete(repository.Workspace.Lock);
        File.CreateSymbolicLink(repository.Workspace.Lock, repository.Workspace.Lock);

        var result = await repository.RunAsync(repository.PublishArguments());

        Assert.Equal(73, result.Code);
        Assert.Contains(repository.Workspace.Lock, result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Another publisher", result.Error, StringComparison.Ordinal);
    }
}
