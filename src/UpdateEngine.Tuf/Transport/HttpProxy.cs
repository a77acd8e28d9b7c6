using System.Net;

namespace UpdateEngine.Tuf.Transport;

/// <summary>Through what requests go to their servers.</summary>
public sealed class HttpProxy
{
    private readonly WebProxy? _proxy;
    private readonly bool _isUsed;

    private HttpProxy(bool isUsed, WebProxy? proxy = null) => (_isUsed, _proxy) = (isUsed, proxy);

    /// <summary>
    /// As http_proxy, https_proxy, all_proxy and no_proxy say, which .NET reads once, when the process makes its first request. Nothing
    /// of it set means none.
    /// </summary>
    public static HttpProxy FromEnvironment { get; } = new(isUsed: true);

    /// <summary>Straight to the server, whatever the environment says.</summary>
    public static HttpProxy None { get; } = new(isUsed: false);

    /// <summary>One proxy for all requests, whatever the environment says.</summary>
    /// <param name="address">http://, https:// or socks5://. A user and password within are used, and nowhere shown.</param>
    /// <param name="credentials">In place of those in the address.</param>
    public static HttpProxy At(Uri address, NetworkCredential? credentials = null) =>
        new(isUsed: true, new WebProxy(address) { Credentials = credentials ?? CredentialsIn(address) });

    internal void ApplyTo(SocketsHttpHandler handler) => (handler.UseProxy, handler.Proxy) = (_isUsed, _proxy);

    private static NetworkCredential? CredentialsIn(Uri address)
    {
        if (address.UserInfo is "")
        {
            return null;
        }

        var parts = address.UserInfo.Split(':', 2);
        return new NetworkCredential(
            Uri.UnescapeDataString(parts[0]),
            Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? "")
        );
    }
}
