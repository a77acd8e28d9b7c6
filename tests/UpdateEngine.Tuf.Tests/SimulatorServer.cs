using System.Net;
using System.Net.Sockets;
using System.Text;

namespace UpdateEngine.Tuf.Tests;

/// <summary>
/// Hands out a simulator's files over HTTP to other processes: those of the last <see cref="Publish"/>, all or none of them. A client that
/// goes away in the middle is its own loss.
/// </summary>
internal sealed class SimulatorServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private volatile Dictionary<string, byte[]> _files = new(StringComparer.Ordinal);

    public SimulatorServer(RepositorySimulator repository)
    {
        Publish(repository);
        _listener.Start();
        _ = AcceptAsync(_stop.Token);
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Called with the name of each file that is asked for, before the answer, from several threads.</summary>
    public Action<string> OnRequest { get; set; } = _ => { };

    public void Publish(RepositorySimulator repository) =>
        _files = new Dictionary<string, byte[]>(repository.Files, StringComparer.Ordinal);

    public void Dispose()
    {
        _stop.Cancel();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(ct), ct);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(TcpClient client, CancellationToken ct)
    {
        try
        {
            using var _ = client;
            await using var stream = client.GetStream();
            var name = await ReadNameAsync(stream, ct);
            OnRequest(name);
            var found = _files.TryGetValue(name, out var bytes);
            var head = $"HTTP/1.0 {(found ? "200 OK" : "404 No")}\r\nContent-Length: {bytes?.Length ?? 0}\r\n\r\n";
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head), ct);
            await stream.WriteAsync(bytes, ct);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It went away.
        }
    }

    // "GET /metadata/timestamp.json HTTP/1.1" and lines that nobody reads.
    private static async Task<string> ReadNameAsync(NetworkStream stream, CancellationToken ct)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var first = await reader.ReadLineAsync(ct) ?? throw new IOException("The client went away.");
        while (await reader.ReadLineAsync(ct) is { Length: > 0 }) { }
        return Uri.UnescapeDataString(first.Split(' ')[1])["/".Length..];
    }
}
