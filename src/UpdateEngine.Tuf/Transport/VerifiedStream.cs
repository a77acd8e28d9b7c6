using System.Security.Cryptography;
using UpdateEngine.Tuf.Metadata;

namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// A target on its way in. Never hands out more bytes than were signed. What has been read is believed only when
/// <see cref="CompleteAsync"/> has returned: a decoder may stop at its own end mark, so the rest is drained and counted there, and only
/// then are length and digests compared. Every error is sticky.
/// </summary>
public sealed class VerifiedStream : ReadOnlyStream
{
    private const int DrainBuffer = 65_536;

    private readonly Stream _inner;
    private readonly string _subject;
    private readonly long _length;
    private readonly (string Name, string Expected, IncrementalHash Hash)[] _hashes;
    private long _read;
    private TufException? _failure;

    /// <param name="inner">Owned from here on.</param>
    /// <param name="subject">The target's name, for errors.</param>
    /// <param name="length">The signed length in bytes.</param>
    /// <param name="digests">All that are known here must match.</param>
    /// <exception cref="MetadataMalformedException">None of the digests is known here.</exception>
    public VerifiedStream(Stream inner, string subject, long length, Digests digests)
    {
        digests.RequireUsable(subject);
        _inner = inner;
        _subject = subject;
        _length = length;
        _hashes = [.. digests.Usable.Select(d => (d.Name, d.Value, IncrementalHash.CreateHash(d.Algorithm)))];
    }

    /// <summary>The signed length in bytes.</summary>
    public override long Length => _length;

    /// <summary>Bytes handed out or drained so far.</summary>
    public long BytesRead => _read;

    /// <summary>Told when the bytes are wrong, not when they do not come.</summary>
    internal Action<TufException>? Refused { get; init; }

    /// <summary>True once the end was reached and everything matched.</summary>
    public bool IsVerified { get; private set; }

    /// <exception cref="TooLargeException">More bytes came than were signed.</exception>
    /// <exception cref="LengthOrDigestMismatchException">At the end: too few bytes, or other ones.</exception>
    /// <exception cref="TransportException">The transfer broke off or stalled.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_failure is not null)
        {
            throw _failure;
        }
        // An empty buffer reads nothing at every place, and must not be taken for the end.
        if (IsVerified || buffer.IsEmpty)
        {
            return 0;
        }

        try
        {
            var count = await _inner.ReadAsync(buffer, cancellationToken);
            Take(buffer.Span[..count]);
            return count;
        }
        catch (TufException error)
        {
            _failure = error;
            if (error is not TransportException)
            {
                Refused?.Invoke(error);
            }

            throw;
        }
    }

    /// <summary>Reads to the end of the file, past what the consumer wanted, and checks length and digests.</summary>
    public async Task CompleteAsync(CancellationToken ct)
    {
        var buffer = new byte[DrainBuffer];
        // The read that finds the end is the one that verifies.
        while (await ReadAsync(buffer, ct) > 0) { }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
            foreach (var (_, _, hash) in _hashes)
            {
                hash.Dispose();
            }
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _length - _read)
        {
            throw new TooLargeException(_subject, _length);
        }

        _read += bytes.Length;
        foreach (var (_, _, hash) in _hashes)
        {
            hash.AppendData(bytes);
        }

        if (bytes.IsEmpty)
        {
            Verify();
        }
    }

    private void Verify()
    {
        if (_read != _length)
        {
            throw new LengthOrDigestMismatchException(_subject, "length", $"{_length}", $"{_read}");
        }

        foreach (var (name, expected, hash) in _hashes)
        {
            Digests.Compare(_subject, name, expected, hash.GetCurrentHash());
        }

        IsVerified = true;
    }
}
