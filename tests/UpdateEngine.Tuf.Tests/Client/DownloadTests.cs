using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Client;

/// <summary>Targets into files: interrupted, gone on with, refused.</summary>
public sealed class DownloadTests : TufClientTestBase
{
    private static readonly byte[] s_content =
    [
        .. Enumerable.Range(0, 300_000).Select(i => (byte)((i * 7919L >> 8) % 256)),
    ];

    private readonly TemporaryDirectory _work = new();
    private readonly Server _server;

    public DownloadTests() => _server = new Server(Repository);

    public override void Dispose()
    {
        _work.Dispose();
        base.Dispose();
    }

    private static string Part => $".{RepositorySimulator.Sha256(s_content)}.part";

    private static string Validator => $".{RepositorySimulator.Sha256(s_content)}.validator";

    [Fact]
    public async Task A_download_leaves_the_target_and_nothing_else()
    {
        await DownloadAsync();
        Assert.Equal(["image"], _work.Files());
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        Assert.Equal(DurableFile.DefaultMode, File.GetUnixFileMode(_work["image"]) & DurableFile.DefaultMode);
    }

    [Fact]
    public async Task A_pipe_or_device_in_the_place_of_the_file_stays_what_it_is()
    {
        NamedPipe.Make(_work["image"]);
        var error = await Assert.ThrowsAsync<StoreFailedException>(() => DownloadAsync());
        Assert.EndsWith("What has that name is no file.", error.Message, StringComparison.Ordinal);
        Assert.False(DurableFile.IsReplaceable(_work["image"]));
        Assert.False(DurableFile.IsReplaceable("/dev/null"));
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task A_directory_in_the_place_of_the_file_is_found_before_anything_is_asked_for()
    {
        System.IO.Directory.CreateDirectory(_work["image"]);
        await Assert.ThrowsAsync<StoreFailedException>(() => DownloadAsync());
        Assert.Empty(_server.Asked);
        Assert.Empty(_work.Files());
    }

    [Fact]
    public async Task What_came_before_an_interruption_is_gone_on_with_by_another_process()
    {
        File.WriteAllText(_work["image"], "old");
        _server.BreakAfter = 200_000;
        await Assert.ThrowsAsync<TransportException>(() => DownloadAsync());
        Assert.Equal("old", File.ReadAllText(_work["image"]));
        Assert.Equal([Part, Validator, "image"], _work.Files());
        Assert.Equal(200_000, new FileInfo(_work[Part]).Length);

        _server.BreakAfter = null;
        await DownloadAsync();
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        Assert.Equal(["image"], _work.Files());
        Assert.Equal([0L, 200_000L], _server.Asked.Select(request => request.Offset));
        Assert.Equal([null, Server.Validator], _server.Asked.Select(request => request.Validator));
    }

    [Fact]
    public async Task Over_http_only_the_rest_of_the_same_file_is_asked_for()
    {
        var text = System.Text.Encoding.Latin1.GetString(s_content);
        const string Tag = "ETag: \"v1\"\r\n";
        using var server = new Transport.LoopbackServer(n =>
            n == 1
                ? Transport.LoopbackServer.Without(100_000, Transport.LoopbackServer.Ok(text, Tag))
                : Transport.LoopbackServer.Part(text, 200_000, Tag)
        );
        _server.Targets = server.Url;
        await Assert.ThrowsAsync<TransportException>(() => DownloadAsync());
        await DownloadAsync();
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        Assert.Contains("Range: bytes=200000-", server.Requests[1], StringComparison.Ordinal);
        Assert.Contains("If-Range: \"v1\"", server.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_damaged_meanwhile_is_thrown_away_and_fetched_anew_once()
    {
        var partial = s_content[..200_000];
        partial[77] ^= 1;
        File.WriteAllBytes(_work[Part], partial);
        await DownloadAsync();
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        Assert.Equal([200_000L, 0L], _server.Asked.Select(request => request.Offset));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Wrong_bytes_from_the_beginning_leave_the_old_file_only(bool resumed)
    {
        File.WriteAllText(_work["image"], "old");
        if (resumed)
        {
            File.WriteAllBytes(_work[Part], s_content[..200_000]);
        }

        _server.Content = [.. s_content[..^1], 0];
        await Assert.ThrowsAsync<LengthOrDigestMismatchException>(() => DownloadAsync());
        Assert.Equal(["image"], _work.Files());
        Assert.Equal("old", File.ReadAllText(_work["image"]));
        Assert.Equal(resumed ? 2 : 1, _server.Asked.Count);
    }

    [Fact]
    public async Task More_bytes_than_were_signed_never_get_onto_the_disk()
    {
        _server.Content = new byte[10_000_000];
        await Assert.ThrowsAsync<TooLargeException>(() => DownloadAsync());
        Assert.Empty(_work.Files());
    }

    [Fact]
    public async Task A_server_that_sends_all_again_starts_the_file_again()
    {
        File.WriteAllBytes(_work[Part], new byte[200_000]);
        _server.HasRanges = false;
        await DownloadAsync();
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        Assert.Single(_server.Asked);
    }

    [Theory]
    [InlineData(0, 0)] // All of it is there.
    [InlineData(1, 1)] // More than that.
    public async Task What_is_complete_is_not_asked_for(int extra, int requests)
    {
        File.WriteAllBytes(_work[Part], [.. s_content, .. new byte[extra]]);
        await DownloadAsync();
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        Assert.Equal(requests, _server.Asked.Count);
    }

    [Fact]
    public async Task A_file_that_is_right_already_is_not_asked_for_and_a_wrong_one_is_replaced()
    {
        File.WriteAllBytes(_work["image"], s_content);
        await DownloadAsync();
        Assert.Empty(_server.Asked);

        File.WriteAllBytes(_work["image"], [.. s_content[..^1], 0]);
        await DownloadAsync();
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
    }

    [Fact]
    public async Task Links_are_replaced_and_not_written_through()
    {
        foreach (var name in (string[])["image", Part, Validator])
        {
            File.WriteAllText(_work[$"victim-of-{name}"], "mine");
            File.CreateSymbolicLink(_work[name], _work[$"victim-of-{name}"]);
        }

        await DownloadAsync();
        Assert.Null(new FileInfo(_work["image"]).LinkTarget);
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
        foreach (var victim in System.IO.Directory.GetFiles(_work.Path, "victim*"))
        {
            Assert.Equal("mine", File.ReadAllText(victim));
        }
    }

    [Fact]
    public async Task A_link_to_the_right_bytes_is_no_download()
    {
        File.WriteAllBytes(_work["elsewhere"], s_content);
        File.CreateSymbolicLink(_work["image"], _work["elsewhere"]);
        await DownloadAsync();
        Assert.Null(new FileInfo(_work["image"]).LinkTarget);
        Assert.Equal(s_content, File.ReadAllBytes(_work["image"]));
    }

    [Fact]
    public async Task The_unfinished_may_lie_elsewhere()
    {
        System.IO.Directory.CreateDirectory(_work["cache"]);
        _server.BreakAfter = 200_000;
        var options = new DownloadOptions { PartialDirectory = _work["cache"] };
        await Assert.ThrowsAsync<TransportException>(() => DownloadAsync(options));
        Assert.Equal([$"cache/{Part}", $"cache/{Validator}"], _work.Files());
        _server.BreakAfter = null;
        await DownloadAsync(options);
        Assert.Equal(["image"], _work.Files());
        Assert.Equal(200_000, _server.Asked[^1].Offset);
    }

    [Fact]
    public async Task Nothing_is_kept_when_nothing_may_be_kept()
    {
        _server.BreakAfter = 200_000;
        await Assert.ThrowsAsync<TransportException>(() => DownloadAsync(new DownloadOptions { KeepPartial = false }));
        Assert.Empty(_work.Files());
    }

    [Fact]
    public async Task Two_downloads_of_one_target_do_not_write_into_one_file()
    {
        using (PartialFile.Open(_work.Path, RepositorySimulator.Sha256(s_content)))
        {
            await Assert.ThrowsAsync<StoreFailedException>(() => DownloadAsync());
        }

        await DownloadAsync();
    }

    [Fact]
    public async Task A_directory_that_is_not_there_is_an_error_of_the_store()
    {
        var error = await Assert.ThrowsAsync<StoreFailedException>(() =>
            DownloadAsync(new DownloadOptions { PartialDirectory = _work["absent"] })
        );
        Assert.Contains("absent", error.Message, StringComparison.Ordinal);
        Assert.Empty(_server.Asked);
    }

    [Fact]
    public async Task An_empty_target_is_a_file_too()
    {
        _server.Content = [];
        var (client, target) = await FindAsync([]);
        await client.DownloadTargetAsync(target, _work["image"]);
        Assert.Empty(File.ReadAllBytes(_work["image"]));
        Assert.Equal(["image"], _work.Files());
    }

    [Theory]
    [InlineData("a", "a")]
    [InlineData("dir/a b", "dir%2Fa%20b")]
    [InlineData("dir%2Fa b", "dir%252Fa%20b")]
    [InlineData(".profile", "%2Eprofile")]
    [InlineData("...", "%2E..")]
    [InlineData("x~-_.zst", "x~-_.zst")]
    public void A_target_has_a_file_name_that_stays_in_its_directory(string name, string expected) =>
        Assert.Equal(expected, new TargetName(name).ToFileName());

    private async Task DownloadAsync(DownloadOptions? options = null)
    {
        var (client, target) = await FindAsync(s_content);
        await client.DownloadTargetAsync(target, _work["image"], options);
    }

    // As after a restart.
    private async Task<(TufClient Client, TargetFile Target)> FindAsync(byte[] content)
    {
        Repository.AddTarget("t", content);
        Repository.PublishNext();
        var client = TufClient.Open(Options with { Transport = _server });
        await client.RefreshAsync(default);
        return (client, (await client.FindTargetAsync(new TargetName("t"), default))!);
    }

    /// <summary>Metadata as the repository has it, and targets as the test wants them.</summary>
    private sealed class Server(RepositorySimulator repository) : ITransport
    {
        public static readonly FileValidator Validator = new("memory://repository/t", "\"v1\"");

        public byte[] Content { get; set; } = s_content;

        public int? BreakAfter { get; set; }

        public bool HasRanges { get; set; } = true;

        /// <summary>A web server to ask instead.</summary>
        public Uri? Targets { get; set; }

        public List<TransportRequest> Asked { get; } = [];

        public async Task<TransportResponse> OpenAsync(TransportRequest request, CancellationToken ct)
        {
            if (!request.Addresses[0].AbsolutePath.StartsWith("/targets", StringComparison.Ordinal))
            {
                return await repository.OpenAsync(request, ct);
            }

            Asked.Add(request);
            if (Targets is not null)
            {
                using var http = new HttpTransport(new HttpTransportOptions { Retries = 0 });
                var response = await http.OpenAsync(request with { Addresses = [Targets] }, ct);
                // Before the client of this one request goes away.
                return response with { Content = await WhatComesAsync(response.Content!) };
            }

            var offset = HasRanges ? (int)request.Offset : 0;
            Stream body = BreakAfter is { } end
                ? new BreakingStream(Content[offset..end])
                : new MemoryStream(Content[offset..]);
            return new TransportResponse(body, offset > 0 ? 206 : 200) { Offset = offset, Validator = Validator };
        }
    }

    private static async Task<Stream> WhatComesAsync(Stream body)
    {
        await using var _ = body;
        using var copy = new MemoryStream();
        try
        {
            await body.CopyToAsync(copy);
            return new MemoryStream(copy.ToArray());
        }
        catch (TransportException)
        {
            return new BreakingStream(copy.ToArray());
        }
    }

    private sealed class BreakingStream(byte[] bytes) : ReadOnlyStream
    {
        private readonly MemoryStream _inner = new(bytes);

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        )
        {
            var count = await _inner.ReadAsync(buffer, cancellationToken);
            return count > 0 ? count : throw new TransportException("t", "The transfer broke off.");
        }
    }
}
