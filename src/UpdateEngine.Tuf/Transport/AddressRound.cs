namespace UpdateEngine.Tuf.Transport;

/// <summary>Which of a file's addresses is asked next: each once, one after the other; then comes a pause, and the next round.</summary>
internal sealed class AddressRound(IReadOnlyList<Uri> addresses)
{
    // The current one first; those that failed in this round last.
    private readonly List<Uri> _usable = [.. addresses];
    private int _failed;

    public bool IsEmpty => _usable.Count == 0;

    public Uri Current => _usable[0];

    /// <summary>The current address failed.</summary>
    /// <param name="forGood">It is not asked again.</param>
    /// <returns>Whether there is another one that has not been asked in this round.</returns>
    public bool MoveOn(bool forGood)
    {
        var failed = _usable[0];
        _usable.RemoveAt(0);
        if (!forGood)
        {
            _usable.Add(failed);
            _failed++;
        }

        if (_failed < _usable.Count)
        {
            return true;
        }

        _failed = 0;
        return false;
    }

    /// <summary>The current address works, and what failed before may be tried again.</summary>
    public void Restart() => _failed = 0;
}
