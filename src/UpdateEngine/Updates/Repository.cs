using System.Security.Cryptography.X509Certificates;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Updates;

/// <summary>The publisher's repository as this host trusts it: every byte that comes out of here is verified against the trust anchor of the image.</summary>
internal sealed class Repository : IDisposable
{
    private static readonly TimeSpan s_impatience = TimeSpan.FromSeconds(5);

    private readonly Host _host;
    private readonly ITransport _transport;
    private readonly TufClient _client;

    private Repository(Host host, ITransport transport, TufClient client) =>
        (_host, _transport, _client) = (host, transport, client);

    /// <summary>What the last refresh remarked, such as a clock that stands wrong.</summary>
    public IReadOnlyList<string> Warnings { get; private set; } = [];

    /// <param name="patient">Whether to try again when the server does not answer.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.ConfigurationInvalid"/> when the trust anchor is missing.</exception>
    public static Repository Open(Host host, bool patient = true)
    {
        ITransport transport = host.Config.MetadataUrl.IsFile
            ? new FileTransport()
            : new HttpTransport(Options(host, patient));
        try
        {
            var client = TufClient.Open(
                new TufClientOptions
                {
                    TrustedRoot = ReadTrustAnchor(host),
                    MetadataDirectory = host.Paths.TrustedMetadata,
                    Transport = transport,
                    MetadataUrl = host.Config.MetadataUrl,
                    TargetsUrl = host.Config.TargetsUrl,
                    Mirrors = host.Config.Mirrors,
                    Time = host.Time,
                    ClockFloor = host.LastCheck.Load()?.ClockFloor,
                }
            );
            return new Repository(host, transport, client);
        }
        catch
        {
            (transport as IDisposable)?.Dispose();
            throw;
        }
    }

    /// <summary>Where the answer is only wanted, a server that does not answer must not hold up the work.</summary>
    private static HttpTransportOptions Options(Host host, bool patient)
    {
        var options = new HttpTransportOptions
        {
            StallTimeout = host.Config.StallTimeout,
            Time = host.Time,
            Proxy = host.Config.Proxy,
            CertificateAuthorities = ReadAuthorities(host),
        };
        return patient
            ? options
            : options with
            {
                Retries = 0,
                ConnectTimeout = s_impatience,
                StallTimeout = s_impatience,
            };
    }

    private static X509Certificate2Collection? ReadAuthorities(Host host)
    {
        try
        {
            return host.Config.CertificateAuthorities is { } path
                ? CertificateAuthorities.ReadPem(host.Paths.Of(path))
                : null;
        }
        catch (ArgumentException e)
        {
            throw new UpdateException(
                ErrorCodes.ConfigurationInvalid,
                $"\"certificate_authorities\" does not help: {e.Message}",
                "Put the authorities' certificates there in PEM form, or remove the field.",
                e
            );
        }
    }

    /// <summary>One of its places has what every refresh begins with. Nothing is verified, nothing is kept.</summary>
    /// <exception cref="TransportException">None answers.</exception>
    public async Task<bool> AnswersAsync(CancellationToken stop)
    {
        var places = _host.Config.Mirrors.Select(m => m.MetadataUrl).Prepend(_host.Config.MetadataUrl);
        var addresses = places.Select(p => new Uri(p.AbsoluteUri.TrimEnd('/') + "/timestamp.json")).ToList();
        var request = new TransportRequest(addresses, new TufLimits().TimestampLength);
        await using var response = await _transport.OpenAsync(request, stop);
        return !response.IsMissing;
    }

    public async Task RefreshAsync(CancellationToken stop) => Warnings = (await _client.RefreshAsync(stop)).Warnings;

    public async Task<Manifest> ReadManifestAsync(CancellationToken stop)
    {
        var target =
            await _client.FindTargetAsync(new TargetName(_host.Config.Manifest), stop)
            ?? throw new UpdateException(
                ErrorCodes.ManifestMissing,
                $"The repository at {_host.Config.MetadataUrl} has no target {_host.Config.Manifest}.",
                "Check \"manifest\" in the configuration, or tell the publisher."
            );
        return Manifest.Parse(await _client.ReadTargetAsync(target, Manifest.MaxBytes, stop));
    }

    /// <exception cref="UpdateException"><see cref="ErrorCodes.ImageMissing"/>.</exception>
    public async Task<TargetFile> FindImageAsync(Release release, string role, CancellationToken stop) =>
        await _client.FindTargetAsync(new TargetName(release.Images[role]), stop)
        ?? throw new UpdateException(
            ErrorCodes.ImageMissing,
            $"The manifest names {release.Images[role]} as the {role} image of {release.Version}, but the repository has no such target.",
            "Tell the publisher of the repository."
        );

    public Task<VerifiedStream> OpenAsync(TargetFile target, CancellationToken stop) =>
        _client.OpenTargetAsync(target, stop);

    /// <summary>As <see cref="TufClient.OpenRestOfTargetAsync"/>.</summary>
    public Task<VerifiedStream> OpenRestAsync(TargetFile target, ResumePoint resume, CancellationToken stop) =>
        _client.OpenRestOfTargetAsync(target, resume, stop);

    public void Dispose() => (_transport as IDisposable)?.Dispose();

    private static byte[] ReadTrustAnchor(Host host)
    {
        try
        {
            return DurableFile.Read(host.Paths.TrustAnchor, new TufLimits().RootLength);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpdateException(
                ErrorCodes.ConfigurationInvalid,
                $"The trust anchor {host.Paths.TrustAnchor} can't be read: {e.Message}",
                "It ships in the image: put the publisher's root.json there.",
                e
            );
        }
    }
}
