using System.Net;
using System.Net.Sockets;
using System.Text;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

public sealed class HttpTransportTests
{
    private static readonly HttpTransportOptions s_options = new()
    {
        Retries = 3,
        RetryDelay = TimeSpan.Zero,
        UserAgent = "tests/1.0",
    };

    [Fact]
    public void Options_out_of_their_range_are_refused_at_once()
    {
        HttpTransportOptions[] wrong =
        [
            new() { Retries = -1 },
            new() { MaxRedirects = -1 },
            new() { StallTimeout = TimeSpan.Zero },
            new() { ConnectTimeout = Timeout.InfiniteTimeSpan },
            new() { RetryDelay = TimeSpan.FromDays(2) },
            new() { MaxRetryDelay = TimeSpan.FromSeconds(-1) },
        ];
        Assert.All(wrong, options => Assert.Throws<ArgumentException>(() => new HttpTransport(options)));
    }

    [Fact]
    public async Task A_file_is_read_without_compression_and_with_a_user_agent()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Ok("content"));
        Assert.Equal("content", await ReadAsync(server));
        var request = Assert.Single(server.Requests);
        Assert.Contains("User-Agent: tests/1.0", request, StringComparison.Ordinal);
        Assert.Contains("Accept-Encoding: identity", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(403)]
    public async Task Absence_is_an_answer_and_is_not_asked_again(int status)
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Status(status));
        using var http = new HttpTransport(s_options);
        var response = await http.OpenAsync(new TransportRequest(server.Url, 100), default);
        Assert.True(response.IsMissing);
        Assert.Equal(status, response.Status);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(429)]
    public async Task A_server_in_trouble_is_asked_again(int status)
    {
        using var server = new LoopbackServer(n =>
            n < 3 ? LoopbackServer.Status(status) : LoopbackServer.Ok("content")
        );
        Assert.Equal("content", await ReadAsync(server));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Retries_have_an_end()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Status(503));
        var error = await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Equal(503, error.Status);
        Assert.Equal(4, server.Requests.Count);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(204)]
    public async Task Other_answers_are_errors_at_once(int status)
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Status(status));
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_connection_that_breaks_before_the_answer_is_tried_again()
    {
        using var server = new LoopbackServer(n => n < 2 ? "" : LoopbackServer.Ok("content"));
        Assert.Equal("content", await ReadAsync(server));
    }

    [Fact]
    public async Task A_closed_port_is_a_transport_error()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var http = new HttpTransport(s_options);
        await Assert.ThrowsAsync<TransportException>(() =>
            http.OpenAsync(new TransportRequest(new Uri($"http://127.0.0.1:{port}/f"), 1), default)
        );
    }

    [Fact]
    public async Task An_announced_length_above_the_limit_is_refused_before_the_body()
    {
        using var server = new LoopbackServer(_ => "HTTP/1.0 200 OK\r\nContent-Length: 101\r\n\r\n");
        await Assert.ThrowsAsync<TooLargeException>(() => ReadAsync(server));
    }

    [Fact]
    public async Task A_body_that_always_breaks_off_is_a_transport_error()
    {
        using var server = new LoopbackServer(_ => "HTTP/1.0 200 OK\r\nContent-Length: 50\r\n\r\nhalf");
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task A_stalled_body_is_an_error_and_a_slow_one_is_not()
    {
        var time = new ManualTime();
        var more = new TaskCompletionSource();
        using var server = new LoopbackServer(
            async (_, stream, ct) =>
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\na"), ct);
                await more.Task.WaitAsync(ct);
                await stream.WriteAsync("b"u8.ToArray(), ct);
                await Task.Delay(Timeout.Infinite, ct);
            }
        );
        using var http = NewTransport(time);
        await using var response = await http.OpenAsync(new TransportRequest(server.Url, 100), default);
        var buffer = new byte[1];
        Assert.Equal(1, await response.Content!.ReadAsync(buffer));
        var slow = response.Content.ReadAsync(buffer).AsTask();
        time.Advance(TimeSpan.FromSeconds(29));
        more.SetResult();
        Assert.Equal(1, await slow);
        var stalled = response.Content.ReadAsync(buffer).AsTask();
        time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(stalled.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Contains(
            "stalled",
            (await Assert.ThrowsAsync<TransportException>(() => stalled)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_body_that_only_drips_is_stalled_too()
    {
        var time = new ManualTime();
        using var drops = new SemaphoreSlim(0);
        using var server = new LoopbackServer(
            async (_, stream, ct) =>
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.0 200 OK\r\nContent-Length: 99\r\n\r\n"), ct);
                while (true)
                {
                    await drops.WaitAsync(ct);
                    await stream.WriteAsync("a"u8.ToArray(), ct);
                }
            }
        );
        using var http = NewTransport(time);
        await using var response = await http.OpenAsync(new TransportRequest(server.Url, 100), default);
        var buffer = new byte[10];
        for (var drop = 0; drop < 10; drop++)
        {
            var read = response.Content!.ReadAsync(buffer).AsTask();
            time.Advance(TimeSpan.FromSeconds(29));
            drops.Release();
            Assert.Equal(1, await read);
            // What the reader does meanwhile is not the server's delay.
            time.Advance(TimeSpan.FromSeconds(100));
        }

        var stalled = response.Content!.ReadAsync(buffer).AsTask();
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.Contains(
            "stalled: 10 bytes came in 300 s.",
            (await Assert.ThrowsAsync<TransportException>(() => stalled)).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Cancelling_is_not_an_error_of_the_transport()
    {
        using var server = new LoopbackServer((_, _, ct) => Task.Delay(Timeout.Infinite, ct));
        using var http = new HttpTransport(s_options);
        using var cancel = new CancellationTokenSource();
        var open = http.OpenAsync(new TransportRequest(server.Url, 1), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => open);
    }

    [Fact]
    public async Task Redirects_have_an_end()
    {
        using var server = new LoopbackServer(_ =>
            "HTTP/1.0 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n"
        );
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Equal(6, server.Requests.Count);
    }

    [Fact]
    public async Task A_redirect_to_what_is_no_web_address_is_a_transport_error()
    {
        using var server = new LoopbackServer(_ =>
            "HTTP/1.0 302 Found\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n"
        );
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Single(server.Requests);
    }

    /// <summary>It stalls after 30 s of that clock, and tries nothing again.</summary>
    private static HttpTransport NewTransport(ManualTime time) =>
        new(s_options with { Time = time, StallTimeout = TimeSpan.FromSeconds(30), Retries = 0 });

    private static async Task<string> ReadAsync(LoopbackServer server)
    {
        using var http = new HttpTransport(s_options);
        await using var response = await http.OpenAsync(new TransportRequest(server.Url, 100), default);
        using var copy = new MemoryStream();
        await response.Content!.CopyToAsync(copy);
        return Encoding.ASCII.GetString(copy.ToArray());
    }
}
