using System.Security.Cryptography;

namespace UpdateEngine.Tuf.Transport;

/// <summary>How patient an <see cref="HttpTransport"/> is.</summary>
public sealed record HttpTransportOptions
{
    /// <summary>For the connection, name resolution and TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long nothing may come, before the answer or within it. There is no limit on a whole transfer.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Attempts after the first, for transport errors, 5xx and 429.</summary>
    public int Retries { get; init; } = 4;

    /// <summary>Before the first retry; doubled for each further one.</summary>
    public TimeSpan RetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(30);

    public int MaxRedirects { get; init; } = 5;

    public string UserAgent { get; init; } = "update-engine-tuf/0.1";

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Numbers in [0, 1) that spread the retries of many hosts.</summary>
    public Func<double> Jitter { get; init; } = () => RandomNumberGenerator.GetInt32(1 << 30) / (double)(1 << 30);
}
