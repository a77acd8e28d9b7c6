using UpdateEngine.Native;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Images;

/// <summary>
/// The decoded side of an image stream. The decoder is chosen by the stream's first four bytes: zstd, lz4 or none. Reads to the end of the
/// <em>source</em>, not to the decoder's own end mark, so that whatever follows a complete frame is either another frame or an error.
/// </summary>
public sealed class DecodingStream : ReadOnlyStream
{
    private const int InputSize = 256 * 1024;

    private readonly Stream _source;
    private readonly IFrameDecoder? _decoder;
    private readonly byte[] _input;
    private int _start;
    private int _end;
    private bool _sourceEnded;
    private readonly InvalidDataException? _refusal;
    private FrameBoundary _position;

    private DecodingStream(Stream source, byte[] input, int filled, FrameBoundary start)
    {
        _source = source;
        _position = start;
        _input = input;
        _end = filled;
        _sourceEnded = filled < ImageHead.Size;
        try
        {
            _decoder = ImageHead.Decoder(input.AsSpan(0, filled));
        }
        catch (InvalidDataException e)
        {
            _refusal = e; // As all that is wrong with the stream, it comes when it is read.
        }
    }

    public static Task<DecodingStream> OpenAsync(Stream source, CancellationToken stop) =>
        OpenAsync(source, default, stop);

    /// <param name="source">The compressed stream from <paramref name="start"/> on.</param>
    /// <param name="start">Where it was taken up again; the default is the beginning.</param>
    /// <param name="stop">Ends the first read.</param>
    public static async Task<DecodingStream> OpenAsync(Stream source, FrameBoundary start, CancellationToken stop)
    {
        var input = new byte[InputSize];
        var filled = await source.ReadAtLeastAsync(input.AsMemory(), ImageHead.Size, throwOnEndOfStream: false, stop);
        return new DecodingStream(source, input, filled, start);
    }

    /// <summary>Ends of frames that were decoded; none for what is not compressed.</summary>
    internal FrameBoundaries Boundaries { get; } = new();

    /// <returns>0 only when the source has ended, and ended between two frames.</returns>
    /// <exception cref="InvalidDataException">The stream is not of its format, or ends inside a frame.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_refusal is not null)
        {
            throw _refusal;
        }

        while (true)
        {
            if (_start == _end && !_sourceEnded)
            {
                (_start, _end) = (0, await _source.ReadAsync(_input, cancellationToken));
                _sourceEnded = _end == 0;
            }
            var (consumed, produced) = Decode(_input.AsSpan(_start, _end - _start), buffer.Span);
            _start += consumed;
            _position = new FrameBoundary(_position.Source + consumed, _position.Image + produced);
            if (_decoder is { AtFrameBoundary: true })
            {
                Boundaries.Add(_position);
            }

            if (produced > 0 || buffer.Length == 0)
            {
                return produced;
            }

            if (_sourceEnded && consumed == 0)
            {
                return _decoder is null or { AtFrameBoundary: true }
                    ? 0
                    : throw new InvalidDataException("it ends inside a compressed frame");
            }
        }
    }

    private (int Consumed, int Produced) Decode(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (_decoder is not null)
        {
            return _decoder.Decode(source, target);
        }

        var count = Math.Min(source.Length, target.Length);
        source[..count].CopyTo(target);
        return (count, count);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _decoder?.Dispose();
        }

        base.Dispose(disposing);
    }
}
