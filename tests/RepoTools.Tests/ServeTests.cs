using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using RepoTools.Serving;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class ServeTests
{
    private static readonly IPEndPoint s_anyPort = new(IPAddress.Loopback, 0);

    [Fact]
    public async Task Metadata_and_targets_are_served_whole_with_a_strong_tag()
    {
        using var repository = await TestRepository.CreateAsync();
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var http = new HttpClient();

        using var answer = await http.GetAsync(new Uri($"{server.Url}/metadata/1.root.json"));

        Assert.Equal(File.ReadAllBytes(repository.RootFile), await answer.Content.ReadAsByteArrayAsync());
        Assert.False(answer.Headers.ETag!.IsWeak);
        Assert.Equal("bytes", answer.Headers.AcceptRanges.Single());
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_range_is_served_alone_and_only_for_the_same_file()
    {
        using var repository = await TestRepository.CreateAsync();
        File.WriteAllText(Path.Combine(repository.Workspace.Targets, "abc.name with space"), "0123456789");
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var http = new HttpClient();
        var url = new Uri($"{server.Url}/targets/abc.name%20with%20space");
        var tag = (await http.GetAsync(url)).Headers.ETag!;

        var part = await http.SendAsync(Ranged(url, tag));
        var changed = await http.SendAsync(Ranged(url, new EntityTagHeaderValue("\"other\"")));
        var beyond = await http.SendAsync(Ranged(url, tag, 10));

        Assert.Equal(
            (HttpStatusCode.PartialContent, "456789"),
            (part.StatusCode, await part.Content.ReadAsStringAsync())
        );
        Assert.Equal("bytes 4-9/10", part.Content.Headers.ContentRange!.ToString());
        Assert.Equal(
            (HttpStatusCode.OK, "0123456789"),
            (changed.StatusCode, await changed.Content.ReadAsStringAsync())
        );
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
    }

    [Theory]
    [InlineData("bytes=10-", 416, "bytes */10")]
    [InlineData("bytes=9223372036854775808-", 416, "bytes */10")]
    [InlineData("bytes=99999999999999999999-", 416, "bytes */10")]
    [InlineData("bytes=99999999999999999999-99999999999999999999", 416, "bytes */10")]
    [InlineData("bytes=4-99999999999999999999", 206, "bytes 4-9/10")]
    [InlineData("bytes=-99999999999999999999", 206, "bytes 0-9/10")]
    [InlineData("bytes=99999999999999999999999x-", 200, null)]
    public async Task A_position_that_fits_no_integer_is_beyond_the_file(string range, int status, string? content)
    {
        using var repository = await TestRepository.CreateAsync();
        File.WriteAllText(Path.Combine(repository.Workspace.Targets, "abc.name"), "0123456789");
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"{server.Url}/targets/abc.name"));
        Assert.True(request.Headers.TryAddWithoutValidation("Range", range));

        using var answer = await http.SendAsync(request);

        Assert.Equal((status, content), ((int)answer.StatusCode, answer.Content.Headers.ContentRange?.ToString()));
    }

    [Fact]
    public async Task A_head_has_the_length_and_no_body_and_a_known_tag_is_not_sent_again()
    {
        using var repository = await TestRepository.CreateAsync();
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var http = new HttpClient();
        var url = new Uri($"{server.Url}/metadata/1.root.json");

        var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, url));
        var conditional = new HttpRequestMessage(HttpMethod.Get, url);
        conditional.Headers.IfNoneMatch.Add(head.Headers.ETag!);

        Assert.Equal(new FileInfo(repository.RootFile).Length, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        Assert.Equal(HttpStatusCode.NotModified, (await http.SendAsync(conditional)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await http.PostAsync(url, new StringContent("x"))).StatusCode);
    }

    [Fact]
    public async Task The_tag_changes_with_the_file()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        await repository.MustAsync(repository.PublishArguments());
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var http = new HttpClient();
        var url = new Uri($"{server.Url}/metadata/timestamp.json");

        var before = (await http.GetAsync(url)).Headers.ETag;
        await repository.MustAsync([
            "timestamp",
            "refresh",
            repository.Path,
            "--timestamp-key",
            repository.Key("timestamp"),
        ]);
        var after = (await http.GetAsync(url)).Headers.ETag;

        Assert.NotEqual(before, after);
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/metadata")]
    [InlineData("/metadata/")]
    [InlineData("/draft/manifest.json")]
    [InlineData("/lock")]
    [InlineData("/metadata/../draft/manifest.json")]
    [InlineData("/metadata/%2e%2e/draft/manifest.json")]
    [InlineData("/metadata/%2E%2E%2Fdraft%2Fmanifest.json")]
    [InlineData("/metadata/..%2fdraft%2fmanifest.json")]
    [InlineData("/metadata/..%252fdraft%252fmanifest.json")]
    [InlineData("/metadata/..%5cdraft%5cmanifest.json")]
    [InlineData("/targets/../../secret")]
    [InlineData("/targets/%2e%2e/%2e%2e/secret")]
    [InlineData("/metadata//1.root.json")]
    [InlineData("//metadata/1.root.json")]
    [InlineData("/metadata/./1.root.json")]
    [InlineData("/metadata/1.root.json%00")]
    [InlineData("/metadata/1.root.json/")]
    [InlineData("/METADATA/1.root.json")]
    public async Task Nothing_else_is_served_however_it_is_spelled(string target)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        File.WriteAllText(repository.Of("secret"), "secret");
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);

        var answer = await RawGetAsync(new Uri(server.Url), target);

        Assert.Matches("^HTTP/1.1 40[04] ", answer);
        Assert.DoesNotContain("secret", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("updates", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_with_a_slash_in_its_name_is_found_by_its_encoded_file_name()
    {
        using var repository = await TestRepository.CreateAsync();
        File.WriteAllText(Path.Combine(repository.Workspace.Metadata, "1.a%2Fb.json"), "delegated");
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);

        Assert.EndsWith(
            "delegated",
            await RawGetAsync(new Uri(server.Url), "/metadata/1.a%2Fb.json"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/etc/hostname")]
    [InlineData("../draft/manifest.json")]
    [InlineData("../../root.json")]
    [InlineData("/dev/zero")]
    public async Task A_link_out_of_what_is_served_is_not_followed(string target)
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        File.CreateSymbolicLink(Path.Combine(repository.Workspace.Targets, "link"), target);
        Directory.CreateSymbolicLink(Path.Combine(repository.Workspace.Targets, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(repository.Workspace.Metadata, "2.root.json"), "1.root.json");
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var http = new HttpClient();

        var link = await http.GetAsync(new Uri($"{server.Url}/targets/link"));
        var up = await http.GetAsync(new Uri($"{server.Url}/targets/up/draft/manifest.json"));
        var within = await http.GetAsync(new Uri($"{server.Url}/metadata/2.root.json"));

        Assert.Equal(
            (HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.OK),
            (link.StatusCode, up.StatusCode, within.StatusCode)
        );
    }

    [Fact]
    public async Task A_repository_behind_a_link_is_served_and_a_pipe_keeps_nobody_waiting()
    {
        using var repository = await TestRepository.CreateAsync();
        await Tool.WitnessAsync("mkfifo", Path.Combine(repository.Workspace.Targets, "pipe"));
        Directory.CreateSymbolicLink(repository.Of("linked"), repository.Path);
        await using var server = await RepositoryServer.StartAsync(
            new RepoTools.Publishing.Workspace(repository.Of("linked")),
            s_anyPort,
            default
        );
        using var http = new HttpClient();

        Assert.Equal(
            HttpStatusCode.OK,
            (await http.GetAsync(new Uri($"{server.Url}/metadata/1.root.json"))).StatusCode
        );
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync(new Uri($"{server.Url}/targets/pipe"))).StatusCode);
    }

    [Fact]
    public async Task A_host_goes_on_with_a_download_where_it_broke_off()
    {
        using var repository = await TestRepository.CreateAsync();
        var bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        File.WriteAllBytes(repository.Of("big.bin"), bytes);
        await repository.MustAsync(["target", "add", repository.Path, repository.Of("big.bin"), "--name", "big.bin"]);
        await repository.MustAsync(repository.PublishArguments());
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);
        using var transport = new CuttingTransport();
        var client = UpdateEngine.Tuf.Client.TufClient.Open(
            new UpdateEngine.Tuf.Client.TufClientOptions
            {
                TrustedRoot = File.ReadAllBytes(repository.RootFile),
                MetadataDirectory = repository.Of("store"),
                Transport = transport,
                MetadataUrl = new Uri($"{server.Url}/metadata"),
                TargetsUrl = new Uri($"{server.Url}/targets"),
                Time = repository.Time,
            }
        );
        await client.RefreshAsync(default);
        var file = (await client.FindTargetAsync(new UpdateEngine.Tuf.TargetName("big.bin"), default))!;
        transport.CutAfter = 100_000;

        await Assert.ThrowsAsync<UpdateEngine.Tuf.TransportException>(() =>
            client.DownloadTargetAsync(file, repository.Of("got.bin"))
        );
        transport.CutAfter = null;
        await client.DownloadTargetAsync(file, repository.Of("got.bin"));

        Assert.Equal(bytes, File.ReadAllBytes(repository.Of("got.bin")));
        Assert.InRange(transport.LastOffset, 1, 100_000);
    }

    [Fact]
    public async Task The_command_tells_its_port_in_a_file_and_stops_cleanly()
    {
        using var repository = await TestRepository.CreateAsync();
        var portFile = repository.Of("port");
        using var stop = new CancellationTokenSource();
        var command = HelpTests
            .Tree()
            .Parse(["serve", repository.Path, "--listen", "127.0.0.1:0", "--port-file", portFile]);
        using var watcher = new FileSystemWatcher(Path.GetDirectoryName(portFile)!, "port");
        var written = new TaskCompletionSource();
        watcher.Renamed += (_, _) => written.TrySetResult();
        watcher.Created += (_, _) => written.TrySetResult();
        watcher.EnableRaisingEvents = true;

        var running = command.InvokeAsync(null, stop.Token);
        await Task.WhenAny(written.Task, running);
        using var http = new HttpClient();
        var answer = await http.GetAsync(
            new Uri($"http://127.0.0.1:{File.ReadAllText(portFile).Trim()}/metadata/1.root.json")
        );
        await stop.CancelAsync();

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(0, await running);
    }

    [Fact]
    public async Task An_address_that_is_taken_is_a_network_error_in_one_sentence()
    {
        using var repository = await TestRepository.CreateAsync();
        await using var server = await RepositoryServer.StartAsync(repository.Workspace, s_anyPort, default);

        var second = await repository.RunAsync("serve", repository.Path, "--listen", new Uri(server.Url).Authority);

        Assert.Equal(69, second.Code);
        Assert.Contains("Can't listen on", second.Error, StringComparison.Ordinal);
    }

    private static HttpRequestMessage Ranged(Uri url, EntityTagHeaderValue tag, long from = 4)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Range = new RangeHeaderValue(from, null);
        request.Headers.IfRange = new RangeConditionHeaderValue(tag);
        return request;
    }

    /// <summary>A request as it stands: HttpClient would tidy the path up.</summary>
    private static async Task<string> RawGetAsync(Uri server, string target)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Host, server.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes($"GET {target} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: close\r\n\r\n")
        );
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }
}
