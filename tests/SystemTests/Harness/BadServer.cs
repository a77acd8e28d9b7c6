using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SystemTests.Harness;

/// <summary>What a <see cref="BadServer"/> does with one request.</summary>
/// <param name="Body">null: 404.</param>
/// <param name="Announced">Content-Length, if it is another than that of the body.</param>
/// <param name="StallAfter">Sends no more than so many bytes, and neither closes.</param>
/// <param name="BytesPerSecond">0: as fast as it goes.</param>
internal sealed record BadAnswer(byte[]? Body, long? Announced = null, int? StallAfter = null, int BytesPerSecond = 0);

/// <summary>A server of a repository that is slow, stalls, or lies. HTTP/1.1 with one request a connection.</summary>
internal sealed class BadServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly string _repository;
    private readonly Func<string, byte[]?, BadAnswer> _answer;
    private readonly Task _accepting;
    private long _imageBytes;

    /// <param name="answer">Path below the repository ("targets/...") and the file's bytes (null: no such file), to what is answered.</param>
    public BadServer(string repository, Func<string, byte[]?, BadAnswer> answer)
    {
        (_repository, _answer) = (repository, answer);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>Bytes of root images that were sent.</summary>
    public long ImageBytes => Interlocked.Read(ref _imageBytes);

    public static bool IsRootImage(string path) =>
        path.StartsWith("targets/", StringComparison.Ordinal) && path.Contains("-root", StringComparison.Ordinal);

    /// <summary>Metadata at full speed, root images at this one.</summary>
    public static BadServer Slow(string repository, int bytesPerSecond) =>
        new(repository, (path, body) => new BadAnswer(body, BytesPerSecond: IsRootImage(path) ? bytesPerSecond : 0));

    /// <summary>Root images stop coming after so many bytes.</summary>
    public static BadServer Stalling(string repository, int after = 1 << 20) =>
        new(repository, (path, body) => new BadAnswer(body, StallAfter: IsRootImage(path) ? after : null));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                var request = await reader.ReadLineAsync(_stop.Token) ?? "";
                while (await reader.ReadLineAsync(_stop.Token) is { Length: > 0 }) { }

                var path = Uri.UnescapeDataString(request.Split(' ')[1]).TrimStart('/');
                var file = Path.Combine(_repository, path);
                var answer = _answer(path, File.Exists(file) ? await File.ReadAllBytesAsync(file) : null);
                await SendAsync(stream, answer, IsRootImage(path));
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or IndexOutOfRangeException)
            {
                // The client went away, as those do who are killed.
            }
        }
    }

    private async Task SendAsync(NetworkStream stream, BadAnswer answer, bool isImage)
    {
        var status = answer.Body is null ? "404 Not Found" : "200 OK";
        var body = answer.Body ?? [];
        var head =
            $"HTTP/1.1 {status}\r\nContent-Length: {answer.Announced ?? body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), _stop.Token);
        var end = Math.Min(body.Length, answer.StallAfter ?? body.Length);
        const int Chunk = 16 * 1024;
        for (var sent = 0; sent < end; sent += Chunk)
        {
            var count = Math.Min(Chunk, end - sent);
            await stream.WriteAsync(body.AsMemory(sent, count), _stop.Token);
            Interlocked.Add(ref _imageBytes, isImage ? count : 0);
            if (answer.BytesPerSecond > 0)
            {
                await Task.Delay(TimeSpan.FromSeconds((double)count / answer.BytesPerSecond), _stop.Token);
            }
        }

        if (answer.StallAfter is not null)
        {
            await Task.Delay(Timeout.Infinite, _stop.Token);
        }
    }
}
