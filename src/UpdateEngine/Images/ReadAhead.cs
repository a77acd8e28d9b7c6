using System.Threading.Channels;
using UpdateEngine.Disks;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Images;

/// <summary>
/// One stage of the pipeline, at work on a processor of its own: reads a stream into a few buffers, ahead of the next stage, which takes them. What
/// goes wrong comes behind the last good buffer.
/// </summary>
internal sealed class ReadAhead : ReadOnlyStream
{
    private readonly Channel<Memory<byte>> _free;
    private readonly Channel<Chunk> _full;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _reading;
    private Chunk _taken;
    private ReadOnlyMemory<byte> _rest;

    /// <param name="source">Not read by anybody else until this is disposed of.</param>
    /// <param name="bufferSize">In bytes; each but the last is filled.</param>
    /// <param name="buffers">How many.</param>
    public ReadAhead(Stream source, int bufferSize, int buffers, CancellationToken stop)
    {
        _free = Channel.CreateBounded<Memory<byte>>(buffers);
        _full = Channel.CreateBounded<Chunk>(buffers);
        for (var i = 0; i < buffers; i++)
        {
            _free.Writer.TryWrite(AlignedBuffer.Allocate(bufferSize));
        }

        _reading = Task.Run(() => ReadAllAsync(source, stop), CancellationToken.None);
    }

    /// <returns>What comes next, good until the next call; empty at the end.</returns>
    public async ValueTask<ReadOnlyMemory<byte>> NextAsync(CancellationToken stop)
    {
        if (_taken.Count > 0)
        {
            _free.Writer.TryWrite(_taken.Buffer);
            _taken = default;
        }

        if (await _full.Reader.WaitToReadAsync(stop))
        {
            _full.Reader.TryRead(out _taken);
        }

        return _taken.Buffer[.._taken.Count];
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest.IsEmpty && buffer.Length > 0)
        {
            _rest = await NextAsync(cancellationToken);
        }

        var count = Math.Min(_rest.Length, buffer.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    /// <summary>Returns when the source is not read any more. A read that has begun is waited for: bytes that it took would be lost.</summary>
    public override async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _reading;
        _ended.Dispose();
        await base.DisposeAsync();
    }

    private async Task ReadAllAsync(Stream source, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var buffer = await _free.Reader.ReadAsync(_ended.Token);
                var count = await source.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, stop);
                if (count == 0)
                {
                    _full.Writer.Complete();
                    return;
                }

                // There are never more than there is room for.
                _full.Writer.TryWrite(new Chunk(buffer, count));
            }
        }
        catch (Exception e)
        {
            _full.Writer.Complete(e);
        }
    }

    private readonly record struct Chunk(Memory<byte> Buffer, int Count);
}
