using UpdateEngine.State;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Updates;

/// <summary>
/// How one process asks another to stop its prepare: a file that the preparing one looks for a few times a second. Works the same for a command
/// and for the daemon, needs no lock, and leaves the daemon running.
/// </summary>
public sealed class CancelRequest : IAsyncDisposable
{
    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource _stop;
    private readonly CancellationTokenSource _ended = new();
    private readonly string _path;
    private readonly Task _watching;
    private bool _requested;

    private CancelRequest(Host host, CancellationToken stop)
    {
        _path = host.Paths.CancelRequest;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(stop);
        // A request that came before this run was meant for another one.
        File.Delete(_path);
        _watching = WatchAsync(host.Time);
    }

    /// <summary>Cancelled when the caller stops or somebody asks.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The operation lock must be held.</summary>
    public static CancelRequest Watch(Host host, CancellationToken stop) => new(host, stop);

    /// <summary>Asks, and waits until no prepare holds the operation lock.</summary>
    /// <returns>false if one still does after that time.</returns>
    public static async Task<bool> SendAsync(
        HostPaths paths,
        TimeSpan longest,
        TimeProvider time,
        CancellationToken stop
    )
    {
        var start = time.GetTimestamp();
        while (OperationLock.Holder(paths) == "prepare")
        {
            // Again each time: a prepare that has just begun removes what it takes for an older request.
            DurableFile.Write(paths.CancelRequest, []);
            if (time.GetElapsedTime(start) > longest)
            {
                return false;
            }

            await Task.Delay(s_poll, time, stop);
        }

        return true;
    }

    /// <summary>The error to report for what ended the work.</summary>
    public Exception Explain(Exception fault) =>
        fault is OperationCanceledException && _requested
            ? new UpdateException(
                ErrorCodes.Cancelled,
                "Prepare was cancelled; the slot that was being written can't boot, the running one is untouched.",
                "Run `updatectl prepare` to start again."
            )
            : fault;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _watching;
        _ended.Dispose();
        _stop.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        try
        {
            while (!File.Exists(_path))
            {
                await Task.Delay(s_poll, time, _ended.Token);
            }

            _requested = true;
            File.Delete(_path);
            await _stop.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The work ended first.
        }
    }
}
