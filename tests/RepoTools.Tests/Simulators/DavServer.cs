using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace RepoTools.Tests.Simulators;

/// <summary>A real nginx that takes PUT, as docs/operations/object-stores.md sets it up; below it a plain directory.</summary>
internal sealed class DavServer : IDisposable
{
    public const string Authorization = "Bearer a-secret-of-this-test";

    private readonly TempDirectory _directory = new();
    private readonly int _port;
    private readonly bool _tls;
    private readonly Process _nginx;

    private DavServer(bool tls)
    {
        _tls = tls;
        if (tls)
        {
            WriteCertificate();
        }

        using (var socket = new TcpListener(IPAddress.Loopback, 0))
        {
            socket.Start();
            _port = ((IPEndPoint)socket.LocalEndpoint).Port;
        }

        Directory.CreateDirectory(Files);
        File.WriteAllText(_directory.Of("nginx.conf"), Configuration());
        _nginx = Launch();
    }

    public string Url => $"{(_tls ? "https" : "http")}://127.0.0.1:{_port}";

    /// <summary>The authority that vouches for the server: itself.</summary>
    public string Certificate => _directory.Of("server.pem");

    /// <summary>What is served.</summary>
    public string Files => _directory.Of("www");

    /// <summary>Method, path and status of every request so far.</summary>
    public IReadOnlyList<string> Log => File.ReadAllLines(_directory.Of("access.log"));

    /// <summary>Skips the test where nginx is not installed.</summary>
    public static async Task<DavServer> StartAsync(bool tls = false)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/nginx"), "nginx is not installed");
        var server = new DavServer(tls);
        while (true)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, server._port);
                return server;
            }
            catch (SocketException) when (!server._nginx.HasExited)
            {
                await Task.Yield();
            }
        }
    }

    public void Dispose()
    {
        _nginx.Kill();
        _nginx.WaitForExit();
        _nginx.Dispose();
        _directory.Dispose();
    }

    private void WriteCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=store", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(_directory.Of("server.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private Process Launch() =>
        Process.Start(
            new ProcessStartInfo("/usr/sbin/nginx")
            {
                UseShellExecute = false,
                ArgumentList =
                {
                    "-e",
                    _directory.Of("error.log"),
                    "-p",
                    _directory.Path,
                    "-c",
                    _directory.Of("nginx.conf"),
                },
            }
        )!;

    private string Configuration() =>
        $$"""
            daemon off;
            master_process off;
            pid {{_directory.Path}}/nginx.pid;
            error_log {{_directory.Path}}/error.log;
            events {}
            http {
              log_format brief escape=none '$request_method $uri $status';
              access_log {{_directory.Path}}/access.log brief;
              client_body_temp_path {{_directory.Path}}/body;
              proxy_temp_path {{_directory.Path}}/proxy;
              fastcgi_temp_path {{_directory.Path}}/fastcgi;
              uwsgi_temp_path {{_directory.Path}}/uwsgi;
              scgi_temp_path {{_directory.Path}}/scgi;
              map "$request_method $http_authorization" $refused {
                default 0;
                "~^PUT (?!Bearer a-secret-of-this-test$)" 1;
              }
              server {
                listen 127.0.0.1:{{_port}}{{(_tls ? " ssl" : "")}};
                {{(_tls ? $"ssl_certificate {Certificate}; ssl_certificate_key {_directory.Of("server.key")};" : "")}}
                root {{Files}};
                client_max_body_size 0;
                if ($refused) { return 401; }
                location / {
                  dav_methods PUT;
                  create_full_put_path on;
                }
              }
            }
            """;
}
