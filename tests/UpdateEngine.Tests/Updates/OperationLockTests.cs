using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

public sealed class OperationLockTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private HostPaths Paths => new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void What_a_lost_operation_left_beside_the_state_is_removed_by_the_next_one()
    {
        using var host = new Sandbox();
        host.WriteFile($"{host.Paths.State}/.journal.json.abcdefgh.xyz.tmp", "{");
        host.WriteFile($"{host.Paths.State}/.keep", "");
        using var held = OperationLock.Take(host.Paths, "check");
        Assert.Equal(
            [".keep", "journal.json"],
            Directory.GetFiles(host.Paths.State).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Nobody_else_may_open_the_lock_and_so_hold_it()
    {
        OperationLock.Take(Paths, "check").Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Paths.Lock));
    }

    [Fact]
    public void The_second_is_told_who_was_first_and_gets_the_lock_when_the_first_has_ended()
    {
        Assert.Null(OperationLock.Holder(Paths));
        using (OperationLock.Take(Paths, "prepare"))
        {
            Assert.Equal("prepare", OperationLock.Holder(Paths));
            var error = Errors.Is(ErrorCodes.Busy, () => OperationLock.Take(Paths, "check"));
            Assert.Equal(
                $"Another operation (prepare, process {Environment.ProcessId}) holds {Paths.Lock}.",
                error.Message
            );
        }

        Assert.Null(OperationLock.Holder(Paths));
        OperationLock.Take(Paths, "check").Dispose();
    }

    [Fact]
    public void What_a_killed_holder_left_in_the_file_means_nothing()
    {
        _directory.Write("run/update-engine/lock", "prepare 12345\n");
        Assert.Null(OperationLock.Holder(Paths));
        OperationLock.Take(Paths, "check").Dispose();
    }

    [Fact]
    public async Task Asking_who_holds_it_turns_nobody_away()
    {
        using var stop = new CancellationTokenSource();
        var asking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                OperationLock.Holder(Paths);
            }
        });
        for (var i = 0; i < 200; i++)
        {
            // The asker may meet the end of an operation; it never meets one that has not begun.
            using var held = await OperationLock.WaitAsync(Paths, "check", TimeProvider.System, CancellationToken.None);
        }

        await stop.CancelAsync();
        await asking;
    }

    [Fact]
    public async Task Confirm_waits_as_long_as_it_takes()
    {
        var time = new ManualTime();
        var first = OperationLock.Take(Paths, "prepare");
        var waiting = OperationLock.WaitAsync(Paths, "confirm", time, CancellationToken.None);
        time.Advance(TimeSpan.FromHours(1));
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        using var second = await time.RunAsync(waiting);
        Assert.Equal("confirm", OperationLock.Holder(Paths));
    }

    [Fact]
    public async Task Whoever_waits_can_give_up()
    {
        using var stop = new CancellationTokenSource();
        using var first = OperationLock.Take(Paths, "prepare");
        var waiting = OperationLock.WaitAsync(Paths, "confirm", new ManualTime(), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }
}
