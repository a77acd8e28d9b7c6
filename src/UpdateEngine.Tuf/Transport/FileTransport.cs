namespace UpdateEngine.Tuf.Transport;

/// <summary>Repositories in a directory: file:// addresses.</summary>
public sealed class FileTransport : ITransport
{
    public Task<TransportResponse> OpenAsync(Uri uri, long maxLength, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        if (!uri.IsFile)
        {
            throw new TransportException(uri.ToString(), $"{uri} is not a file:// address.");
        }

        try
        {
            return Task.FromResult(Open(uri, maxLength));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult(TransportResponse.Missing(404));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransportException(uri.ToString(), $"{uri} cannot be read: {error.Message}", inner: error);
        }
    }

    private static TransportResponse Open(Uri uri, long maxLength)
    {
        // Not LocalPath, which leaves some escapes alone.
        var path = Uri.UnescapeDataString(uri.AbsolutePath);
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        if (file.Length > maxLength)
        {
            file.Dispose();
            throw new TooLargeException(uri.ToString(), maxLength);
        }

        return new TransportResponse(
            new TransportStream(file, file, uri, Timeout.InfiniteTimeSpan, TimeProvider.System),
            200,
            file.Length
        );
    }
}
