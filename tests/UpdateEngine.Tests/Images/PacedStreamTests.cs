using UpdateEngine.Images;
using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.Images;

public sealed class PacedStreamTests
{
    private const int Rate = 100_000;

    [Fact]
    public async Task As_many_bytes_come_in_a_second_as_are_allowed()
    {
        var time = new ManualTime();
        await using var stream = new PacedStream(new EndlessStream(new byte[4096]), Rate, time);
        var buffer = new byte[1000];
        var received = 0L;
        for (var elapsed = TimeSpan.Zero; elapsed < TimeSpan.FromSeconds(10); elapsed += TimeSpan.FromMilliseconds(100))
        {
            received += await ReadWhatComesAsync(stream, buffer);
            time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(received, 9.9 * Rate, 10.1 * Rate);
    }

    [Fact]
    public async Task After_a_pause_what_was_missed_does_not_come_all_at_once()
    {
        var time = new ManualTime();
        await using var stream = new PacedStream(new EndlessStream(new byte[4096]), Rate, time);
        var buffer = new byte[1000];
        await ReadWhatComesAsync(stream, buffer);
        time.Advance(TimeSpan.FromMinutes(10));

        var burst = await ReadWhatComesAsync(stream, buffer);

        Assert.InRange(burst, 1000, (Rate * PacedStream.Burst.TotalSeconds) + 2000);
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var stop = new CancellationTokenSource();
        await using var stream = new PacedStream(new EndlessStream(new byte[4096]), 1, new ManualTime());
        Assert.Equal(10, await stream.ReadAsync(new byte[10], stop.Token));
        var waiting = stream.ReadAsync(new byte[10], stop.Token).AsTask();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    // The clock stands; what has to wait for it is left for the next turn.
    private Task<int>? _waiting;

    private async Task<long> ReadWhatComesAsync(PacedStream stream, byte[] buffer)
    {
        var received = 0L;
        while (true)
        {
            _waiting ??= stream.ReadAsync(buffer).AsTask();
            if (!_waiting.IsCompleted)
            {
                return received;
            }

            received += await _waiting;
            _waiting = null;
        }
    }
}
