using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Tuf.Transport;

/// <summary>Repositories in a directory: file:// addresses.</summary>
public sealed class FileTransport : ITransport
{
    private const string Scheme = "file://";

    public Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        TransportException? first = null;
        foreach (var address in request.Addresses)
        {
            try
            {
                return Task.FromResult(TryOpen(address, request));
            }
            catch (TransportException error)
            {
                first ??= error;
            }
        }

        throw first ?? throw new ArgumentException("No address was given.", nameof(request));
    }

    private static TransportResponse TryOpen(Uri address, TransportRequest request)
    {
        var text = AddressText.Of(address);
        if (!address.IsFile)
        {
            throw new TransportException(text, $"{text} is not a file:// address.");
        }

        try
        {
            return Open(address, text, request);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return TransportResponse.Missing(404, address);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new TransportException(text, $"{text} cannot be read: {error.Message}", inner: error);
        }
    }

    private static TransportResponse Open(Uri address, string text, TransportRequest request)
    {
        var file = new FileStream(DurableFile.OpenPlain(PathOf(address), out _), FileAccess.Read, bufferSize: 0);
        if (file.Length > request.MaxLength)
        {
            file.Dispose();
            throw new TooLargeException(text, request.MaxLength);
        }

        // A file that has become shorter is another one.
        var offset = request.Offset <= file.Length ? request.Offset : 0;
        file.Position = offset;
        var stream = new TransportStream(file, file, address, Timeout.InfiniteTimeSpan, TimeProvider.System);
        return new TransportResponse(stream, offset > 0 ? 206 : 200)
        {
            Address = address,
            Offset = offset,
            Length = file.Length,
        };
    }

    // By hand from the text: of a file:// address Uri itself unescapes "%2F", and then follows a "../" that was part of a name. What is one
    // segment of the address stays one (CVE-2026-6968).
    private static string PathOf(Uri address)
    {
        var text = address.OriginalString;
        if (!text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return address.LocalPath;
        }

        var start = text.IndexOf('/', Scheme.Length);
        var path = start < 0 ? "/" : text[start..].Split('?', '#')[0];
        return string.Join('/', path.Split('/').Select(Unescape));
    }

    private static string Unescape(string segment)
    {
        var name = Uri.UnescapeDataString(segment);
        // A NUL would end the path for the kernel, which then opens another file.
        return name is "." or ".." || name.AsSpan().ContainsAny('/', '\0') ? segment : name;
    }
}
