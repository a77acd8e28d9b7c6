namespace UpdateEngine.Daemon;

/// <summary>Every message of the daemon's log, with its stable id.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "{Command}: {Outcome}")]
    public static partial void Done(ILogger log, string command, string outcome);

    [LoggerMessage(2, LogLevel.Warning, "{Command} failed ({Code}): {Reason}")]
    public static partial void Failed(ILogger log, string command, string code, string reason);

    [LoggerMessage(3, LogLevel.Information, "Automation is off: waiting for an operator")]
    public static partial void Off(ILogger log);

    [LoggerMessage(4, LogLevel.Information, "Stopping")]
    public static partial void Stopping(ILogger log);
}
