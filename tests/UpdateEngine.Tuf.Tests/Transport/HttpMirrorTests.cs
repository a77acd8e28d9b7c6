using System.Net;
using System.Net.Sockets;
using System.Text;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

/// <summary>One file at several servers.</summary>
public sealed class HttpMirrorTests
{
    private const string Tag = "ETag: \"v1\"\r\n";

    // A clock that stands still: whoever waits for a back-off waits for ever.
    private static readonly HttpTransportOptions s_options = new() { Retries = 3, Time = new ManualTime() };

    private static readonly string s_file = string.Concat(Enumerable.Range(1000, 1000));

    private static string Half => LoopbackServer.Without(2000, LoopbackServer.Ok(s_file, Tag));

    [Fact]
    public async Task A_closed_port_costs_no_pause_when_there_is_another_mirror()
    {
        using var second = new LoopbackServer(_ => LoopbackServer.Ok(s_file));
        var (address, text) = await ReadAsync([ClosedPort(), second.Url]);
        Assert.Equal((second.Url, s_file), (address, text));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(400)]
    public async Task A_server_in_trouble_is_passed_over_at_once(int status)
    {
        using var first = new LoopbackServer(_ => LoopbackServer.Status(status));
        using var second = new LoopbackServer(_ => LoopbackServer.Ok(s_file));
        Assert.Equal((second.Url, s_file), await ReadAsync([first.Url, second.Url]));
        Assert.Single(first.Requests);
    }

    [Fact]
    public async Task The_pause_comes_when_all_have_been_asked()
    {
        var asked = new List<int>();
        using var first = new LoopbackServer(n => n < 3 ? LoopbackServer.Status(503) : LoopbackServer.Ok(s_file));
        using var second = new LoopbackServer(_ => LoopbackServer.Status(503));
        var options = s_options with
        {
            Time = TimeProvider.System,
            RetryDelay = TimeSpan.FromMilliseconds(1),
            // It is asked for once a pause.
            Jitter = () =>
            {
                asked.Add(first.Requests.Count + second.Requests.Count);
                return 0;
            },
        };
        Assert.Equal((first.Url, s_file), await ReadAsync([first.Url, second.Url], options));
        Assert.Equal([2, 4], asked);
    }

    [Fact]
    public async Task Without_retries_each_mirror_is_asked_once()
    {
        using var first = new LoopbackServer(_ => LoopbackServer.Status(503));
        using var second = new LoopbackServer(_ => LoopbackServer.Status(500));
        var error = await Assert.ThrowsAsync<TransportException>(() =>
            ReadAsync([first.Url, second.Url], s_options with { Retries = 0 })
        );
        Assert.Equal((503, 1, 1), (error.Status, first.Requests.Count, second.Requests.Count));
    }

    [Fact]
    public async Task A_server_that_refuses_is_not_asked_again_in_the_next_round()
    {
        using var first = new LoopbackServer(_ => LoopbackServer.Status(400));
        using var second = new LoopbackServer(n => n == 1 ? LoopbackServer.Status(503) : LoopbackServer.Ok(s_file));
        var options = s_options with { Time = TimeProvider.System, RetryDelay = TimeSpan.Zero };
        Assert.Equal((second.Url, s_file), await ReadAsync([first.Url, second.Url], options));
        Assert.Equal((1, 2), (first.Requests.Count, second.Requests.Count));
    }

    [Fact]
    public async Task Absence_at_the_first_that_answers_is_the_answer()
    {
        using var first = new LoopbackServer(_ => LoopbackServer.Status(404));
        using var second = new LoopbackServer(_ => LoopbackServer.Ok(s_file));
        using var http = new HttpTransport(s_options);
        var response = await http.OpenAsync(new TransportRequest([first.Url, second.Url], 4000), default);
        Assert.Equal((404, first.Url), (response.Status, response.Address));
        Assert.Empty(second.Requests);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_goes_on_at_the_next_mirror_without_a_validator_of_the_first()
    {
        using var first = new LoopbackServer(_ => Half);
        using var second = new LoopbackServer(_ => LoopbackServer.Part(s_file, 2000, "ETag: \"other\"\r\n"));
        Assert.Equal((first.Url, s_file), await ReadAsync([first.Url, second.Url]));
        Assert.Contains("Range: bytes=2000-", Assert.Single(second.Requests), StringComparison.Ordinal);
        Assert.DoesNotContain("If-Range", second.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Back_at_the_first_mirror_its_own_validator_is_used()
    {
        using var first = new LoopbackServer(n => n == 1 ? Half : LoopbackServer.Part(s_file, 2000, Tag));
        using var second = new LoopbackServer(_ => LoopbackServer.Status(500));
        var options = s_options with { Time = TimeProvider.System, RetryDelay = TimeSpan.Zero };
        Assert.Equal((first.Url, s_file), await ReadAsync([first.Url, second.Url], options));
        Assert.Contains("If-Range: \"v1\"", first.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_mirror_whose_file_has_another_length_is_passed_over()
    {
        using var first = new LoopbackServer(_ => Half);
        using var second = new LoopbackServer(_ => LoopbackServer.Part(s_file + "x", 2000));
        using var third = new LoopbackServer(_ => LoopbackServer.Part(s_file, 2000));
        Assert.Equal((first.Url, s_file), await ReadAsync([first.Url, second.Url, third.Url]));
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task A_validator_from_behind_a_redirect_goes_back_there_only()
    {
        using var second = new LoopbackServer(n => n == 1 ? Half : LoopbackServer.Status(404));
        using var third = new LoopbackServer(_ => LoopbackServer.Without(1000, LoopbackServer.Part(s_file, 2000)));
        Uri[] targets = [second.Url, third.Url, second.Url];
        using var first = new LoopbackServer(n =>
            $"HTTP/1.1 302 Found\r\nLocation: {targets[n - 1]}\r\nContent-Length: 0\r\n\r\n"
        );
        await Assert.ThrowsAsync<TransportException>(() =>
            ReadAsync([first.Url], s_options with { Time = TimeProvider.System, RetryDelay = TimeSpan.Zero })
        );
        Assert.Contains("Range: bytes=2000-", Assert.Single(third.Requests), StringComparison.Ordinal);
        Assert.DoesNotContain("If-Range", third.Requests[0], StringComparison.Ordinal);
        Assert.DoesNotContain("If-Range", first.Requests[1], StringComparison.Ordinal);
        Assert.Contains("If-Range: \"v1\"", second.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_error_shows_what_may_be_secret_in_an_address()
    {
        using var server = new LoopbackServer(n =>
            n switch
            {
                1 => LoopbackServer.Status(500),
                2 => LoopbackServer.Ok(new string('x', 5000)),
                3 => "",
                4 => "HTTP/1.0 302 Found\r\nLocation: ftp://u:secret@h/\r\nContent-Length: 0\r\n\r\n",
                _ => Half,
            }
        );
        Uri[] addresses =
        [
            Secretive(server.Url),
            Secretive(server.Url),
            Secretive(server.Url),
            Secretive(server.Url),
            Secretive(server.Url),
            Secretive(ClosedPort()),
            new("ftp://user:secret@host/f"),
        ];
        foreach (var address in addresses)
        {
            var error = await Assert.ThrowsAnyAsync<TufException>(() =>
                ReadAsync([address], s_options with { Retries = 0 })
            );
            Assert.DoesNotContain("secret", error + error.Subject, StringComparison.Ordinal);
            Assert.Contains("/f", error.Message, StringComparison.Ordinal);
        }
    }

    private static Uri Secretive(Uri uri) => new($"http://user:secret@{uri.Authority}/f?token=secret#secret");

    private static Uri ClosedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/f");
    }

    private static async Task<(Uri? Address, string Text)> ReadAsync(
        Uri[] addresses,
        HttpTransportOptions? options = null
    )
    {
        using var http = new HttpTransport(options ?? s_options);
        await using var response = await http.OpenAsync(new TransportRequest(addresses, s_file.Length), default);
        using var copy = new MemoryStream();
        await response.Content!.CopyToAsync(copy);
        return (response.Address, Encoding.ASCII.GetString(copy.ToArray()));
    }
}
