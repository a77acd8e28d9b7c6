using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using UpdateEngine.Tuf.Transport;
using Xunit;

namespace UpdateEngine.Tuf.Tests.Transport;

/// <summary>What the scripted servers say, a real one has to confirm.</summary>
public sealed class NginxTests
{
    private const int Length = 64 * 1024 * 1024; // More than the buffers between the two hold.

    [Fact]
    public async Task A_transfer_outlives_the_server_and_goes_on_with_its_next_process()
    {
        Assert.SkipUnless(IsInstalled(), "nginx is not on the PATH.");
        using var directory = new TemporaryDirectory();
        Directory.CreateDirectory(directory["www"]);
        var file = RandomNumberGenerator.GetBytes(Length);
        await File.WriteAllBytesAsync(directory["www/f"], file, TestContext.Current.CancellationToken);
        var port = FreePort();
        await File.WriteAllTextAsync(
            directory["nginx.conf"],
            Configuration(directory.Path, port),
            TestContext.Current.CancellationToken
        );

        var options = new HttpTransportOptions
        {
            Retries = 100,
            RetryDelay = TimeSpan.FromMilliseconds(20),
            MaxRetryDelay = TimeSpan.FromMilliseconds(100),
            Proxy = HttpProxy.None,
        };
        using var http = new HttpTransport(options);
        using var copy = new MemoryStream();
        var buffer = new byte[1024 * 1024];
        TransportResponse response;
        using (var first = Start(directory.Path))
        {
            try
            {
                var request = new TransportRequest(new Uri($"http://127.0.0.1:{port}/f"), Length);
                response = await http.OpenAsync(request, TestContext.Current.CancellationToken);
                Assert.NotNull(response.Validator);
                await response.Content!.ReadExactlyAsync(buffer, TestContext.Current.CancellationToken);
                copy.Write(buffer);
            }
            finally
            {
                await EndAsync(first);
            }
        }

        using var second = Start(directory.Path);
        try
        {
            await using var rest = response;
            await rest.Content!.CopyToAsync(copy, TestContext.Current.CancellationToken);
        }
        finally
        {
            await EndAsync(second);
        }

        Assert.True(file.AsSpan().SequenceEqual(copy.ToArray()));
        var log = await File.ReadAllLinesAsync(directory["access.log"], TestContext.Current.CancellationToken);
        // Who is killed logs nothing.
        Assert.Matches("^206 bytes=[0-9]+- ", Assert.Single(log));
        Assert.EndsWith(response.Validator!.Value, log[0], StringComparison.Ordinal);
    }

    private static bool IsInstalled() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(':')
            .Any(directory => File.Exists(Path.Join(directory, "nginx")));

    private static Process Start(string directory) =>
        Process.Start(
            new ProcessStartInfo("nginx")
            {
                UseShellExecute = false,
                ArgumentList = { "-e", $"{directory}/error.log", "-p", directory, "-c", $"{directory}/nginx.conf" },
            }
        )!;

    // By its id, and that of nothing else.
    private static async Task EndAsync(Process nginx)
    {
        nginx.Kill();
        await nginx.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static string Configuration(string directory, int port) =>
        $$"""
            daemon off;
            master_process off;
            pid {{directory}}/nginx.pid;
            error_log {{directory}}/error.log;
            events {}
            http {
              log_format brief escape=none '$status $http_range $http_if_range';
              access_log {{directory}}/access.log brief;
              client_body_temp_path {{directory}}/body;
              proxy_temp_path {{directory}}/proxy;
              fastcgi_temp_path {{directory}}/fastcgi;
              uwsgi_temp_path {{directory}}/uwsgi;
              scgi_temp_path {{directory}}/scgi;
              server {
                listen 127.0.0.1:{{port}};
                root {{directory}}/www;
              }
            }
            """;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
