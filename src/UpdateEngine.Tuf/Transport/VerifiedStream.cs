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
    private readonly DigestCheck _check;
    private TufException? _failure;

    /// <param name="inner">Owned from here on.</param>
    /// <param name="subject">The target's name, for errors.</param>
    /// <param name="length">The signed length in bytes.</param>
    /// <param name="digests">All that are known here must match.</param>
    /// <exception cref="MetadataMalformedException">None of the digests is known here.</exception>
    public VerifiedStream(Stream inner, string subject, long length, Digests digests)
        : this(inner, subject, length, digests, 0) { }

    internal VerifiedStream(Stream inner, string subject, long length, Digests digests, long startedAt)
    {
        _check = new DigestCheck(subject, length, digests, startedAt);
        (_inner, StartedAt) = (inner, startedAt);
    }

    /// <summary>
    /// Offset of the first byte in the target. Above 0 only where that was asked for: then the length is all that is verified, and whoever reads
    /// this needs another proof of the content.
    /// </summary>
    public long StartedAt { get; }

    /// <summary>For asking for the rest later; null where the server gives none that is good for that.</summary>
    public FileValidator? Validator { get; internal init; }

    /// <summary>The signed length in bytes.</summary>
    public override long Length => _check.Length;

    /// <summary>Bytes handed out or drained so far, those before <see cref="StartedAt"/> included.</summary>
    public long BytesRead => _check.Count;

    /// <summary>Told when the bytes are wrong, not when they do not come.</summary>
    internal Action<TufException>? Refused { get; init; }

    /// <summary>True once the end was reached and everything matched that could be compared.</summary>
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
            _check.Append(buffer.Span[..count]);
            if (count == 0)
            {
                _check.Verify();
                IsVerified = true;
            }

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
            _check.Dispose();
        }

        base.Dispose(disposing);
    }
}
