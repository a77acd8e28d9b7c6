namespace UpdateEngine.Tuf.Transport;

/// <summary>Where files of a repository come from.</summary>
public interface ITransport
{
    /// <summary>
    /// Opens a file at the first of its addresses that answers. Absence is an answer; everything else that goes wrong is a
    /// <see cref="TransportException"/>, once no address is left to try.
    /// </summary>
    /// <param name="request">The file, and from where on it is wanted.</param>
    /// <param name="ct">Stops the attempt; afterwards each read has its own token.</param>
    /// <exception cref="TooLargeException">The announced length is above the limit; the subject is the address, as <see cref="AddressText"/> renders it.</exception>
    Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct);
}
