namespace UpdateEngine.Tuf.Transport;

/// <summary>How often a transfer may still be taken up again. Progress fills it up, so that a large file on a bad link arrives in the end.</summary>
internal sealed class RetryBudget
{
    /// <summary>In bytes, since the last failure: less than this is no progress, or a server that gives one byte a connection could keep us for ever.</summary>
    public const int MinimumProgress = 16 * 1024;

    private readonly int _retries;
    private int _left;
    private long _lastFailure;

    /// <param name="retries">In a row, without progress between them.</param>
    /// <param name="start">Where the transfer starts, in bytes.</param>
    public RetryBudget(int retries, long start) => (_retries, _left, _lastFailure) = (retries, retries, start);

    public bool TrySpend(long position)
    {
        _lastFailure = position;
        return _left-- > 0;
    }

    /// <returns>True when it is full (again).</returns>
    public bool Reached(long position)
    {
        if (position - _lastFailure < MinimumProgress)
        {
            return false;
        }

        _left = _retries;
        return true;
    }
}
