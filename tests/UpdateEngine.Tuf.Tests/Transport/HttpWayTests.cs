using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

/// <summary>By which way requests go: authorities, proxies, and servers that never answer.</summary>
public sealed class HttpWayTests
{
    private static readonly HttpTransportOptions s_options = new() { Retries = 0, Proxy = HttpProxy.None };

    [Fact]
    public async Task A_server_is_accepted_by_the_authority_that_was_named_and_by_no_other()
    {
        using var directory = new TemporaryDirectory();
        using var authority = NewAuthority("ours");
        using var other = NewAuthority("others");
        using var certificate = Issue(authority);
        using var server = new LoopbackServer(_ => LoopbackServer.Ok("content"), certificate);
        File.WriteAllText(directory["ours.pem"], authority.ExportCertificatePem());
        File.WriteAllText(directory["others.pem"], other.ExportCertificatePem());

        Assert.Equal("content", await ReadAsync(server.Url, Trusting(directory["ours.pem"])));
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server.Url, Trusting(directory["others.pem"])));
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server.Url, s_options));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_certificate_of_another_name_is_refused_whoever_signed_it()
    {
        using var directory = new TemporaryDirectory();
        using var authority = NewAuthority("ours");
        using var certificate = Issue(authority, IPAddress.Parse("127.0.0.2"));
        using var server = new LoopbackServer(_ => LoopbackServer.Ok("content"), certificate);
        File.WriteAllText(directory["ours.pem"], authority.ExportCertificatePem());
        await Assert.ThrowsAsync<TransportException>(() => ReadAsync(server.Url, Trusting(directory["ours.pem"])));
    }

    [Fact]
    public async Task A_redirect_from_https_to_http_is_refused()
    {
        using var directory = new TemporaryDirectory();
        using var authority = NewAuthority("ours");
        using var certificate = Issue(authority);
        using var plain = new LoopbackServer(_ => LoopbackServer.Ok("content"));
        using var server = new LoopbackServer(
            _ => $"HTTP/1.0 302 Found\r\nLocation: {plain.Url}\r\nContent-Length: 0\r\n\r\n",
            certificate
        );
        File.WriteAllText(directory["ours.pem"], authority.ExportCertificatePem());
        var error = await Assert.ThrowsAsync<TransportException>(() =>
            ReadAsync(server.Url, Trusting(directory["ours.pem"]))
        );
        Assert.Contains("from https:// to http://", error.Message, StringComparison.Ordinal);
        Assert.Empty(plain.Requests);
    }

    [Fact]
    public void A_file_without_certificates_is_an_error_that_names_it()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllText(directory["empty.pem"], "nothing");
        File.WriteAllText(directory["broken.pem"], "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
        foreach (var name in (string[])["empty.pem", "broken.pem", "absent.pem"])
        {
            var error = Assert.Throws<ArgumentException>(() => CertificateAuthorities.ReadPem(directory[name]));
            Assert.Contains(name, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_proxy_that_was_named_gets_the_requests()
    {
        using var proxy = new LoopbackServer(_ => LoopbackServer.Ok("content"));
        var options = s_options with { Proxy = HttpProxy.At(new Uri($"http://127.0.0.1:{proxy.Port}")) };
        Assert.Equal("content", await ReadAsync(new Uri("http://repository.invalid/f"), options));
        Assert.StartsWith("GET http://repository.invalid/f HTTP/1.1", proxy.Requests[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_proxy_that_wants_a_password_gets_it(bool inAddress)
    {
        using var proxy = new LoopbackServer(n =>
            n == 1
                ? "HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
                : LoopbackServer.Ok("content")
        );
        var options = s_options with
        {
            Proxy = inAddress
                ? HttpProxy.At(new Uri($"http://me:p%40ss@127.0.0.1:{proxy.Port}"))
                : HttpProxy.At(new Uri($"http://127.0.0.1:{proxy.Port}"), new NetworkCredential("me", "p@ss")),
        };
        Assert.Equal("content", await ReadAsync(new Uri("http://repository.invalid/f"), options));
        var basic = Convert.ToBase64String("me:p@ss"u8);
        Assert.Contains($"Proxy-Authorization: Basic {basic}", proxy.Requests[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_costs_the_stall_time_only()
    {
        var time = new ManualTime();
        var asked = new TaskCompletionSource();
        using var server = new LoopbackServer(
            (_, _, ct) =>
            {
                asked.SetResult();
                return Task.Delay(Timeout.Infinite, ct);
            }
        );
        var read = ReadAsync(server.Url, s_options with { Time = time });
        await asked.Task;
        time.Advance(s_options.StallTimeout - TimeSpan.FromSeconds(1));
        Assert.False(read.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1));
        var error = await Assert.ThrowsAsync<TransportException>(() => read);
        Assert.Contains("does not answer", error.Message, StringComparison.Ordinal);
    }

    private static HttpTransportOptions Trusting(string path) =>
        s_options with
        {
            CertificateAuthorities = CertificateAuthorities.ReadPem(path),
        };

    private static X509Certificate2 NewAuthority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, IPAddress? address = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=server", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(address ?? IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var bare = request.Create(authority, now.AddHours(-1), now.AddHours(1), [1, 2, 3]);
        return bare.CopyWithPrivateKey(key);
    }

    private static async Task<string> ReadAsync(Uri uri, HttpTransportOptions options)
    {
        using var http = new HttpTransport(options);
        await using var response = await http.OpenAsync(new TransportRequest(uri, 100), default);
        using var copy = new MemoryStream();
        await response.Content!.CopyToAsync(copy);
        return Encoding.ASCII.GetString(copy.ToArray());
    }
}
