namespace UpdateEngine.Tests.Images;

/// <summary>Gives a few bytes at a time, as a network does.</summary>
internal sealed class DribbleStream(byte[] content, int most) : MemoryStream(content)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(most, buffer.Length)], cancellationToken);
}

/// <summary>After its content nothing comes and it does not end, until somebody gives up.</summary>
internal sealed class StallingStream(byte[] content) : MemoryStream(content)
{
    private readonly TaskCompletionSource _stalled = new();

    /// <summary>Completes when the reader waits.</summary>
    public Task Stalled => _stalled.Task;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (Position == Length)
        {
            _stalled.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        return await base.ReadAsync(buffer, cancellationToken);
    }
}

/// <summary>Repeats its content for ever.</summary>
internal sealed class EndlessStream(byte[] content) : MemoryStream(content)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Position = Position == Length ? 0 : Position;
        return base.ReadAsync(buffer, cancellationToken);
    }
}

/// <summary>Breaks after its content.</summary>
internal sealed class BreakingStream(byte[] content) : MemoryStream(content)
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        Position == Length ? throw new IOException("broken") : base.ReadAsync(buffer, cancellationToken);
}
