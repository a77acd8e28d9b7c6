namespace UpdateEngine.Tuf.Transport;

/// <summary>A file that is wanted.</summary>
/// <param name="Addresses">The same file at one or several mirrors, absolute, the preferred one first.</param>
/// <param name="MaxLength">
/// Of the whole file, in bytes: one that is announced as longer is refused before its first byte. Readers count, too.
/// </param>
public sealed record TransportRequest(IReadOnlyList<Uri> Addresses, long MaxLength)
{
    public TransportRequest(Uri address, long maxLength)
        : this([address], maxLength) { }

    /// <summary>In bytes: where the caller, who has what comes before, would like the body to start. A wish; see <see cref="TransportResponse.Offset"/>.</summary>
    public long Offset { get; init; }

    /// <summary>Which state of the file the bytes before <see cref="Offset"/> are of, if that is known.</summary>
    public FileValidator? Validator { get; init; }
}

/// <summary>An open file, or the news that there is none.</summary>
/// <param name="Content">Null when the file is missing. Its reads throw <see cref="TransportException"/> and <see cref="TooLargeException"/> only.</param>
/// <param name="Status">200, or 206 when the body starts at an offset; or 404, 410 or 403 for a missing file.</param>
public sealed record TransportResponse(Stream? Content, int Status) : IAsyncDisposable
{
    /// <summary>The one of the request's addresses that answered; null stands for the first.</summary>
    public Uri? Address { get; init; }

    /// <summary>Where the body really starts: at the offset that was asked for, or at 0.</summary>
    public long Offset { get; init; }

    /// <summary>Of the whole file, in bytes, where it is announced. Nothing to rely on, but a good guess.</summary>
    public long? Length { get; init; }

    /// <summary>For going on later; null where the server gives none that is good for that.</summary>
    public FileValidator? Validator { get; init; }

    public bool IsMissing => Content is null;

    public static TransportResponse Missing(int status, Uri? address = null) => new(null, status) { Address = address };

    public ValueTask DisposeAsync() => Content?.DisposeAsync() ?? ValueTask.CompletedTask;
}

/// <summary>What tells one state of a file from the next, as one server sees it (RFC 9110 section 8.8).</summary>
/// <param name="Address">Where it came from, as <see cref="AddressText"/> renders it; it says nothing to any other server.</param>
/// <param name="Value">A strong ETag in its quotes, or the Last-Modified date. Weak ETags do not promise the same bytes, and are none.</param>
public sealed record FileValidator(string Address, string Value);
