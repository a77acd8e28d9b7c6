using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

public sealed class StoreLockTests : TufClientTestBase
{
    [Fact]
    public async Task A_refresh_waits_for_the_one_under_way()
    {
        Task<RefreshResult> refresh;
        var client = Restart();
        using (await StoreLock.AcquireAsync(Directory.Path, Time, default))
        {
            refresh = client.RefreshAsync(default);
            Time.Advance(TimeSpan.FromMinutes(1));
            Assert.False(refresh.IsCompleted);
            Assert.Empty(Repository.Requests);
        }

        // Its next look may be set up on another thread.
        while (!refresh.IsCompleted)
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            await Task.Yield();
        }

        Assert.Equal(1, (await refresh).RootVersion);
        (await StoreLock.AcquireAsync(Directory.Path, Time, default)).Dispose();
    }

    [Fact]
    public async Task Waiting_ends_when_the_caller_does_not_want_to_wait()
    {
        using var held = await StoreLock.AcquireAsync(Directory.Path, Time, default);
        using var impatience = new CancellationTokenSource();
        var refresh = Restart().RefreshAsync(impatience.Token);
        await impatience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => refresh);
    }

    [Fact]
    public async Task A_failed_refresh_lets_go()
    {
        Repository.Files.Clear();
        await Assert.ThrowsAsync<NotFoundException>(RefreshAfterRestartAsync);
        (await StoreLock.AcquireAsync(Directory.Path, Time, default)).Dispose();
    }

    [Fact]
    public async Task A_directory_that_is_gone_is_an_error_of_ours() =>
        await Assert.ThrowsAsync<StoreFailedException>(() =>
            StoreLock.AcquireAsync(Directory["missing"], Time, default)
        );
}
