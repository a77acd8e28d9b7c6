namespace UpdateEngine.Tuf.Transport;

/// <summary>Where files of a repository come from.</summary>
public interface ITransport
{
    /// <summary>Opens a file. Absence is an answer; everything else that goes wrong is a <see cref="TransportException"/>.</summary>
    /// <param name="uri">Absolute.</param>
    /// <param name="maxLength">In bytes: a file that is announced as longer is refused before its first byte. Readers count, too.</param>
    /// <param name="ct">Stops the attempt; afterwards each read has its own token.</param>
    /// <exception cref="TooLargeException">The announced length is above the limit.</exception>
    Task<TransportResponse> OpenAsync(Uri uri, long maxLength, CancellationToken ct);
}

/// <summary>An open file, or the news that there is none.</summary>
/// <param name="Content">Null when the file is missing. Its reads throw <see cref="TransportException"/> only.</param>
/// <param name="Status">200; or 404, 410 or 403 for a missing file.</param>
/// <param name="Length">In bytes, where it is announced. Nothing to rely on, but a good guess.</param>
public sealed record TransportResponse(Stream? Content, int Status, long? Length = null) : IAsyncDisposable
{
    public bool IsMissing => Content is null;

    public static TransportResponse Missing(int status) => new(null, status);

    public ValueTask DisposeAsync() => Content?.DisposeAsync() ?? ValueTask.CompletedTask;
}
