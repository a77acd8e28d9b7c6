using System.Globalization;
using System.Text;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

/// <summary>Transfers that break off, at one server.</summary>
public sealed class ResumeTests
{
    private const string Tag = "ETag: \"v1\"\r\n";
    private const string OtherTag = "ETag: \"v2\"\r\n";
    private const string WeakTag = "ETag: W/\"v1\"\r\n";
    private const string Date = "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\r\n";
    private const string OtherDate = "Last-Modified: Fri, 02 Jan 2026 00:00:00 GMT\r\n";

    private static readonly HttpTransportOptions s_options = new() { Retries = 3, RetryDelay = TimeSpan.Zero };

    // 100 000 characters, no two stretches of it alike.
    private static readonly string s_file = string.Concat(
        Enumerable.Range(0, 20_000).Select(i => i.ToString("00000", CultureInfo.InvariantCulture))
    );

    private static string Half => LoopbackServer.Without(50_000, LoopbackServer.Ok(s_file, Tag));

    [Fact]
    public async Task The_rest_is_asked_for_if_it_is_of_the_same_file()
    {
        using var server = new LoopbackServer(n => n == 1 ? Half : LoopbackServer.Part(s_file, 50_000, Tag));
        Assert.Equal(s_file, await ReadAsync(server));
        Assert.Equal(2, server.Requests.Count);
        Assert.DoesNotContain("Range", server.Requests[0], StringComparison.Ordinal);
        Assert.Contains("\r\nRange: bytes=50000-\r\n", server.Requests[1], StringComparison.Ordinal);
        Assert.Contains("\r\nIf-Range: \"v1\"\r\n", server.Requests[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WeakTag, null)]
    [InlineData("", null)]
    [InlineData(WeakTag + Date, "If-Range: Thu, 01 Jan 2026 00:00:00 GMT")]
    [InlineData(Tag + Date, "If-Range: \"v1\"")]
    public async Task Only_a_strong_tag_or_else_the_date_is_a_validator(string headers, string? expected)
    {
        using var server = new LoopbackServer(n =>
            n == 1
                ? LoopbackServer.Without(9, LoopbackServer.Ok(s_file, headers))
                : LoopbackServer.Part(s_file, 99_991, headers)
        );
        Assert.Equal(s_file, await ReadAsync(server));
        if (expected is null)
        {
            Assert.DoesNotContain("If-Range", server.Requests[1], StringComparison.Ordinal);
        }
        else
        {
            Assert.Contains(expected, server.Requests[1], StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Tag)]
    [InlineData("")]
    [InlineData(WeakTag)]
    public async Task A_whole_file_after_a_range_request_is_never_appended(string headers)
    {
        using var server = new LoopbackServer(n => n == 1 ? Half : LoopbackServer.Ok(s_file, headers));
        Assert.Equal(s_file, await ReadAsync(server));
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(Tag, OtherTag, true)]
    [InlineData(Tag, OtherTag, false)]
    [InlineData(Date, OtherDate, true)]
    [InlineData(Date, OtherDate, false)]
    public async Task A_file_that_changed_meanwhile_is_an_error(string before, string after, bool part)
    {
        using var server = new LoopbackServer(n =>
            n == 1 ? LoopbackServer.Without(50_000, LoopbackServer.Ok(s_file, before))
            : part ? LoopbackServer.Part(s_file, 50_000, after)
            : LoopbackServer.Ok(s_file, after)
        );
        var error = await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Contains("changed while it was transferred", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_file_of_another_length_is_another_file()
    {
        using var server = new LoopbackServer(n =>
            n == 1
                ? LoopbackServer.Without(50_000, LoopbackServer.Ok(s_file))
                : LoopbackServer.Part(s_file + "x", 50_000)
        );
        var error = await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Contains("changed while it was transferred", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Content-Range: bytes 49999-99999/100000\r\nContent-Length: 50001\r\n")]
    [InlineData("Content-Range: bytes 50001-99999/100000\r\nContent-Length: 49999\r\n")]
    [InlineData("Content-Range: bytes 50000-100000/100000\r\nContent-Length: 50001\r\n")]
    [InlineData("Content-Range: bytes 50000-99999/100000\r\nContent-Length: 49999\r\n")]
    [InlineData("Content-Range: items 50000-99999/100000\r\nContent-Length: 50000\r\n")]
    [InlineData("Content-Range: bytes */100000\r\nContent-Length: 50000\r\n")]
    [InlineData("Content-Type: multipart/byteranges; boundary=x\r\nContent-Length: 50000\r\n")]
    public async Task A_part_that_was_not_asked_for_is_refused(string headers)
    {
        using var server = new LoopbackServer(n =>
            n == 1 ? Half : $"HTTP/1.1 206 Partial\r\n{headers}{Tag}\r\n{new string('x', 50_001)}"
        );
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task A_part_that_nobody_asked_for_is_refused()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Part(s_file, 0));
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_server_that_gives_smaller_parts_than_asked_for_is_asked_on()
    {
        using var server = new LoopbackServer(n =>
            n == 1
                ? Half
                : $"HTTP/1.1 206 P\r\nContent-Range: bytes {n * 25_000}-{(n * 25_000) + 24_999}/100000\r\n"
                    + $"Content-Length: 25000\r\n\r\n{s_file.Substring(n * 25_000, 25_000)}"
        );
        Assert.Equal(s_file, await ReadAsync(server, s_options with { Retries = 1 }));
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task Progress_starts_the_count_of_retries_anew()
    {
        // 17 000 bytes a connection: six connections for one retry.
        using var server = new LoopbackServer(request => Slice(request, 17_000));
        Assert.Equal(s_file, await ReadAsync(server, s_options with { Retries = 1 }));
        Assert.Equal(6, server.Requests.Count);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(RetryBudget.MinimumProgress / 8)]
    public async Task A_server_that_gives_next_to_nothing_a_connection_is_left(int length)
    {
        using var server = new LoopbackServer(request => Slice(request, length));
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Equal(1 + s_options.Retries, server.Requests.Count);
    }

    [Fact]
    public async Task Without_retries_there_is_one_request()
    {
        using var server = new LoopbackServer(_ => Half);
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server, s_options with { Retries = 0 }));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_stalled_transfer_goes_on_with_another_connection()
    {
        var time = new ManualTime();
        using var server = new LoopbackServer(
            async (n, stream, ct) =>
            {
                var answer = n == 1 ? Half : LoopbackServer.Part(s_file, 50_000, Tag);
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), ct);
                if (n == 1)
                {
                    await Task.Delay(Timeout.Infinite, ct);
                }
            }
        );
        using var http = new HttpTransport(s_options with { Time = time });
        await using var response = await http.OpenAsync(new TransportRequest(server.Url, 100_000), default);
        var head = new byte[50_000];
        await response.Content!.ReadExactlyAsync(head);
        var rest = new byte[50_000];
        var reading = response.Content.ReadExactlyAsync(rest).AsTask();
        time.Advance(s_options.StallTimeout);
        await reading;
        Assert.Equal(s_file, Encoding.ASCII.GetString([.. head, .. rest]));
    }

    [Fact]
    public async Task A_read_that_was_cancelled_loses_nothing()
    {
        var isSkipping = new TaskCompletionSource();
        using var server = new LoopbackServer(
            async (n, stream, ct) =>
            {
                // First half of it, then half of that half again, then all of it.
                var answer = n switch
                {
                    1 => Half,
                    2 => LoopbackServer.Without(75_000, LoopbackServer.Ok(s_file, Tag)),
                    _ => LoopbackServer.Ok(s_file, Tag),
                };
                await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), ct);
                if (n == 2)
                {
                    isSkipping.SetResult();
                    await Task.Delay(Timeout.Infinite, ct);
                }
            }
        );
        using var http = new HttpTransport(s_options);
        await using var response = await http.OpenAsync(new TransportRequest(server.Url, 100_000), default);
        var head = new byte[50_000];
        await response.Content!.ReadExactlyAsync(head);
        using (var cancel = new CancellationTokenSource())
        {
            var reading = response.Content.ReadAsync(new byte[10], cancel.Token).AsTask();
            await isSkipping.Task;
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        }

        Assert.Equal(s_file, Encoding.ASCII.GetString(head) + await ReadAsync(response));
    }

    [Fact]
    public async Task A_file_that_goes_away_meanwhile_is_an_error_and_not_its_end()
    {
        using var server = new LoopbackServer(n => n == 1 ? Half : LoopbackServer.Status(404));
        var error = await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
        Assert.Contains("not there any more", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, server.Requests.Count);
    }

    [Theory]
    [InlineData(5, null)]
    [InlineData(6, "changed while it was transferred")]
    public async Task When_only_the_end_of_a_file_of_unknown_length_was_missing_the_server_says_so(
        int length,
        string? expected
    )
    {
        using var server = new LoopbackServer(n =>
            n == 1
                ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                : $"HTTP/1.1 416 No\r\nContent-Range: bytes */{length}\r\nContent-Length: 0\r\n\r\n"
        );
        if (expected is null)
        {
            Assert.Equal("hello", await ReadAsync(server));
        }
        else
        {
            var error = await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server));
            Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bytes_are_taken_as_they_are_whatever_their_encoding_is_called()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Ok("no gzip", "Content-Encoding: gzip\r\n"));
        Assert.Equal("no gzip", await ReadAsync(server));
    }

    [Fact]
    public async Task A_transfer_may_start_within_a_file()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Part(s_file, 99_995, Tag));
        var known = new FileValidator(AddressText.Of(server.Url), "\"v1\"");
        var (response, text) = await ReadFromAsync(server, 99_995, known);
        Assert.Equal((206, 99_995, 100_000), (response.Status, response.Offset, response.Length));
        Assert.Equal((server.Url, known), (response.Address, response.Validator));
        Assert.Equal(s_file[99_995..], text);
        Assert.Contains("If-Range: \"v1\"", server.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_validator_goes_to_no_other_server_than_its_own()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Part(s_file, 99_995, Tag));
        await ReadFromAsync(server, 99_995, new FileValidator("http://127.0.0.1:1/f", "\"v0\""));
        Assert.Contains("Range: bytes=99995-", server.Requests[0], StringComparison.Ordinal);
        Assert.DoesNotContain("If-Range", server.Requests[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Tag, 1)] // The server has no ranges.
    [InlineData(OtherTag, 1)] // The file is another one.
    public async Task A_whole_file_where_its_end_was_wanted_starts_at_0(string headers, int requests)
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Ok(s_file, headers));
        var known = new FileValidator(AddressText.Of(server.Url), "\"v1\"");
        var (response, text) = await ReadFromAsync(server, 99_995, known);
        Assert.Equal((200, 0L), (response.Status, response.Offset));
        Assert.Equal(s_file, text);
        Assert.Equal(requests, server.Requests.Count);
    }

    [Theory]
    [InlineData(206)] // A server that ignores If-Range.
    [InlineData(416)] // The file has become shorter.
    public async Task The_end_of_another_file_is_not_taken_for_the_end_of_this_one(int status)
    {
        using var server = new LoopbackServer(n =>
            n == 2 ? LoopbackServer.Ok("other", OtherTag)
            : status == 206 ? LoopbackServer.Part(s_file, 99_995, OtherTag)
            : LoopbackServer.Status(416)
        );
        var known = new FileValidator(AddressText.Of(server.Url), "\"v1\"");
        var (response, text) = await ReadFromAsync(server, 99_995, known);
        Assert.Equal((200, 0L, "other"), (response.Status, response.Offset, text));
        Assert.DoesNotContain("Range", server.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_limit_is_on_the_whole_file_not_on_its_rest()
    {
        using var server = new LoopbackServer(_ => LoopbackServer.Part(s_file + "x", 99_995));
        await Assert.ThrowsAsync<TooLargeException>(() => ReadFromAsync(server, 99_995, null));
    }

    // The file from the asked offset on, cut off after some bytes.
    private static string Slice(string request, int length)
    {
        var start = request.IndexOf("bytes=", StringComparison.Ordinal) + "bytes=".Length;
        var offset = request.Contains("Range:", StringComparison.Ordinal)
            ? int.Parse(request[start..request.IndexOf('-', start)], CultureInfo.InvariantCulture)
            : 0;
        var answer = offset == 0 ? LoopbackServer.Ok(s_file, Tag) : LoopbackServer.Part(s_file, offset, Tag);
        return LoopbackServer.Without(Math.Max(s_file.Length - offset - length, 0), answer);
    }

    private static async Task<(TransportResponse Response, string Text)> ReadFromAsync(
        LoopbackServer server,
        long offset,
        FileValidator? validator
    )
    {
        using var http = new HttpTransport(s_options);
        var request = new TransportRequest(server.Url, s_file.Length) { Offset = offset, Validator = validator };
        await using var response = await http.OpenAsync(request, default);
        return (response, await ReadAsync(response));
    }

    private static async Task<string> ReadAsync(LoopbackServer server, HttpTransportOptions? options = null)
    {
        using var http = new HttpTransport(options ?? s_options);
        await using var response = await http.OpenAsync(new TransportRequest(server.Url, s_file.Length), default);
        return await ReadAsync(response);
    }

    private static async Task<string> ReadAsync(TransportResponse response)
    {
        using var copy = new MemoryStream();
        await response.Content!.CopyToAsync(copy);
        return Encoding.ASCII.GetString(copy.ToArray());
    }
}
