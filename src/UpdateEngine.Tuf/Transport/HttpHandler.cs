using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace UpdateEngine.Tuf.Transport;

/// <summary>
/// The framework's HTTP client, set up for repositories; for other requests that have to go the same way. Redirects are not followed.
/// </summary>
public static class HttpHandler
{
    /// <summary>Ends a request that is not answered; the time runs from the moment when the connection is there.</summary>
    public static readonly HttpRequestOptionsKey<CancellationTokenSource> Patience = new("patience");

    /// <param name="options">Of them the time limit of connections, the proxy and the authorities.</param>
    public static SocketsHttpHandler New(HttpTransportOptions options)
    {
        var handler = new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            ConnectTimeout = options.ConnectTimeout,
            ConnectCallback = (context, ct) => ConnectAsync(context, options, ct),
            UseCookies = false,
            // A daemon lives for months: addresses are looked up again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        options.Proxy.ApplyTo(handler);
        if (options.CertificateAuthorities is { } authorities)
        {
            handler.SslOptions.CertificateChainPolicy = TrustOnly(authorities);
        }

        return handler;
    }

    // What the framework does by itself, but for the timer.
    private static async ValueTask<Stream> ConnectAsync(
        SocketsHttpConnectionContext context,
        HttpTransportOptions options,
        CancellationToken ct
    )
    {
        context.InitialRequestMessage.Options.TryGetValue(Patience, out var patience);
        // ConnectTimeout rules here. The sum is for a request that waits for a connection which another one asked for.
        Restart(patience, options.ConnectTimeout + options.StallTimeout);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, ct);
            Restart(patience, options.StallTimeout);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A connection attempt may outlive its request, and the timer with it.
    private static void Restart(CancellationTokenSource? patience, TimeSpan time)
    {
        try
        {
            patience?.CancelAfter(time);
        }
        catch (ObjectDisposedException) { }
    }

    private static X509ChainPolicy TrustOnly(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            // A house's own authority rarely publishes revocations, and a host that updates cannot ask elsewhere.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        return policy;
    }
}
