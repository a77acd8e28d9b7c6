using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UpdateEngine.Tuf.Tests.Transport;

/// <summary>A web server of one answer a request, byte for byte as the test wants it.</summary>
internal sealed class LoopbackServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<int, NetworkStream, CancellationToken, Task> _answer;

    /// <param name="answer">Gets the number of the request, from 1; the connection closes when it returns.</param>
    public LoopbackServer(Func<int, NetworkStream, CancellationToken, Task> answer)
    {
        _answer = answer;
        _listener.Start();
        _ = ServeAsync();
    }

    public LoopbackServer(Func<int, string> answer)
        : this((n, stream, ct) => stream.WriteAsync(Encoding.Latin1.GetBytes(answer(n)), ct).AsTask()) { }

    public List<string> Requests { get; } = [];

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/f");

    public static string Ok(string body) => $"HTTP/1.0 200 OK\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    public static string Status(int status) => $"HTTP/1.0 {status} No\r\nContent-Length: 2\r\n\r\nno";

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var stop = _stop.Token;
        try
        {
            while (true)
            {
                using var client = await _listener.AcceptTcpClientAsync(stop);
                await using var stream = client.GetStream();
                Requests.Add(await ReadRequestAsync(stream, stop));
                await _answer(Requests.Count, stream, stop);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or IOException)
        {
            // The test is over.
        }
    }

    private static async Task<string> ReadRequestAsync(NetworkStream stream, CancellationToken ct)
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
