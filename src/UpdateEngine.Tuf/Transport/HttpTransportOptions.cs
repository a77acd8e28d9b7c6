using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace UpdateEngine.Tuf.Transport;

/// <summary>How patient an <see cref="HttpTransport"/> is, and by which way it goes.</summary>
public sealed record HttpTransportOptions
{
    /// <summary>For the connection, name resolution and TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long nothing may come: between the connection and the answer, and within the answer. In ten times as long 16 KiB must come.
    /// There is no limit on a whole transfer.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Attempts after the first, for transport errors, 5xx, 429, and transfers that break off or stall. Progress of 16 KiB starts the
    /// count anew. With several mirrors an attempt asks each of them once.
    /// </summary>
    public int Retries { get; init; } = 4;

    /// <summary>Before the first retry; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>In a row; never from https:// to http://.</summary>
    public int MaxRedirects { get; init; } = 5;

    public string UserAgent { get; init; } = "update-engine-tuf/0.1";

    public HttpProxy Proxy { get; init; } = HttpProxy.FromEnvironment;

    /// <summary>
    /// The only authorities whose certificates are accepted, the system's not among them; null for the system's. See
    /// <see cref="Transport.CertificateAuthorities.ReadPem"/>.
    /// </summary>
    public X509Certificate2Collection? CertificateAuthorities { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Numbers in [0, 1) that spread the retries of many hosts.</summary>
    public Func<double> Jitter { get; init; } = () => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);

    /// <exception cref="ArgumentException">The first that is not.</exception>
    internal void RequireInRange()
    {
        Require(Retries >= 0, nameof(Retries), Retries);
        Require(MaxRedirects >= 0, nameof(MaxRedirects), MaxRedirects);
        var day = TimeSpan.FromDays(1);
        Require(ConnectTimeout > TimeSpan.Zero && ConnectTimeout <= day, nameof(ConnectTimeout), ConnectTimeout);
        Require(StallTimeout > TimeSpan.Zero && StallTimeout <= day, nameof(StallTimeout), StallTimeout);
        Require(RetryDelay >= TimeSpan.Zero && RetryDelay <= day, nameof(RetryDelay), RetryDelay);
        Require(MaxRetryDelay >= TimeSpan.Zero && MaxRetryDelay <= day, nameof(MaxRetryDelay), MaxRetryDelay);
    }

    private static void Require(bool isInRange, string name, object value)
    {
        if (!isInRange)
        {
            throw new ArgumentException(
                $"{name} is {value}; it must not be negative, nor a time longer than a day.",
                nameof(value)
            );
        }
    }
}
