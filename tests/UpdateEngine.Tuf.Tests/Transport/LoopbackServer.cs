using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace UpdateEngine.Tuf.Tests.Transport;

/// <summary>A web server of one answer a connection, byte for byte as the test wants it.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, Stream, CancellationToken, Task> _answer;
    private readonly X509Certificate2? _certificate;
    private readonly List<string> _requests = [];

    /// <param name="answer">Gets the number of the request, from 1; the connection closes when it returns.</param>
    /// <param name="certificate">For https://.</param>
    public LoopbackServer(Func<int, Stream, CancellationToken, Task> answer, X509Certificate2? certificate = null)
    {
        (_answer, _certificate) = (answer, certificate);
        _listener.Start();
        _ = AcceptAsync();
    }

    public LoopbackServer(Func<int, string> answer, X509Certificate2? certificate = null)
        : this((n, stream, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer(n)), ct).AsTask(), certificate) { }

    /// <summary>Answers by what was asked.</summary>
    public LoopbackServer(Func<string, string> answer)
    {
        _answer = (n, stream, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer(Requests[n - 1])), ct).AsTask();
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The heads of all requests so far.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{Port}/f");

    public static string Ok(string body, string headers = "") =>
        $"HTTP/1.1 200 OK\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}";

    /// <summary>The rest of a file from an offset on.</summary>
    public static string Part(string file, int offset, string headers = "") =>
        $"HTTP/1.1 206 Partial Content\r\n{headers}Content-Range: bytes {offset}-{file.Length - 1}/{file.Length}\r\n"
        + $"Content-Length: {file.Length - offset}\r\nConnection: close\r\n\r\n{file[offset..]}";

    public static string Status(int status) => $"HTTP/1.0 {status} No\r\nContent-Length: 2\r\n\r\nno";

    /// <summary>An answer that breaks off: so much of its end is missing.</summary>
    public static string Without(int missing, string answer) => answer[..^missing];

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var stop = _stop.Token;
        try
        {
            while (true)
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(stop), stop);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client, CancellationToken stop)
    {
        using var _ = client;
        try
        {
            await using var stream = await OpenAsync(client, stop);
            var request = await ReadRequestAsync(stream, stop);
            int number;
            lock (_requests)
            {
                _requests.Add(request);
                number = _requests.Count;
            }

            await _answer(number, stream, stop);
        }
        catch (Exception error)
            when (error
                    is OperationCanceledException
                        or IOException
                        or SocketException
                        or System.Security.Authentication.AuthenticationException
            )
        {
            // The client went away, or the test is over.
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client, CancellationToken stop)
    {
        if (_certificate is null)
        {
            return client.GetStream();
        }

        var tls = new SslStream(client.GetStream());
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = _certificate },
            stop
        );
        return tls;
    }

    private static async Task<string> ReadRequestAsync(Stream stream, CancellationToken ct)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = await stream.ReadAsync(buffer, ct);
            if (count == 0)
            {
                throw new IOException("The client went away.");
            }

            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return text.ToString();
    }
}
