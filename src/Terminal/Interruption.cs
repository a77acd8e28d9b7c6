namespace UpdateEngine.Terminal;

/// <summary>
/// The end of a wait in the system that nothing else ends. Opening a pipe waits for whoever writes to it, and so does reading; .NET takes no token
/// there, and the signals that would end such a call are caught for an orderly stop.
/// </summary>
internal static class Interruption
{
    private static readonly AsyncLocal<CancellationToken> s_stop = new();

    /// <summary>Of the command that runs here: cancelled by the first Ctrl-C or SIGTERM. Nothing cancels it outside of a command.</summary>
    public static CancellationToken Stop
    {
        get => s_stop.Value;
        set => s_stop.Value = value;
    }

    /// <summary>
    /// Makes a call on another thread, and stops waiting for it when the command is to stop. The call itself goes on behind, until the process ends:
    /// only for calls that change nothing.
    /// </summary>
    /// <exception cref="OperationCanceledException">The command is to stop.</exception>
    public static T Wait<T>(Func<T> call) => Task.Run(call, Stop).WaitAsync(Stop).GetAwaiter().GetResult();
}
