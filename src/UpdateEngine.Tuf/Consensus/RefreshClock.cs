namespace UpdateEngine.Tuf.Consensus;

/// <summary>One time for a refresh of all repositories, however long it takes: none expires between two questions. Timers go on.</summary>
internal sealed class RefreshClock(TimeProvider time) : TimeProvider
{
    private DateTimeOffset _now = time.GetUtcNow();

    public override TimeZoneInfo LocalTimeZone => time.LocalTimeZone;

    public override long TimestampFrequency => time.TimestampFrequency;

    public void Read() => _now = time.GetUtcNow();

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => time.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        time.CreateTimer(callback, state, dueTime, period);
}
