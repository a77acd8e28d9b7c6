using System.Globalization;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace UpdateEngine.Tuf.Client;

/// <summary>The names of files in a repository, and reading them whole within a limit. Sections 5 and 6.2.</summary>
internal sealed class Repository(TufClientOptions options)
{
    private const int Forbidden = 403;
    private const int FirstBuffer = 16_384;

    private readonly Uri _metadata = Base(options.MetadataUrl);
    private readonly Uri _targets = Base(options.TargetsUrl);

    /// <summary>Section 5.3.3: the next root; null ends the chain. Object stores answer 403 for a file that is not there.</summary>
    public async Task<ReadOnlyMemory<byte>?> ReadRootAsync(long version, List<string> warnings, CancellationToken ct)
    {
        var uri = MetadataUri(Roles.Root, version);
        var limit = options.Limits.RootLength;
        await using var response = await options.Transport.OpenAsync(uri, limit, ct);
        if (response.Status == Forbidden)
        {
            warnings.Add($"repository: it answers 403 to root version {version}, which was taken for its absence.");
        }

        if (response.IsMissing)
        {
            return null;
        }

        return await ReadAsync(response, Roles.Root, limit, ct);
    }

    /// <param name="role">A top-level role.</param>
    /// <param name="version">Null for a name without a version.</param>
    /// <param name="limit">In bytes.</param>
    /// <param name="ct">Stops the transfer.</param>
    /// <exception cref="NotFoundException">The repository has no such file.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadAsync(string role, long? version, int limit, CancellationToken ct)
    {
        var uri = MetadataUri(role, version);
        await using var response = await options.Transport.OpenAsync(uri, limit, ct);
        RequireFound(response, role, uri);
        return await ReadAsync(response, role, limit, ct);
    }

    public async Task<VerifiedStream> OpenTargetAsync(TargetFile target, bool consistent, CancellationToken ct)
    {
        target.Hashes.RequireUsable(target.Name);
        var prefix = consistent ? target.Hashes.Usable.First().Value + "." : "";
        var uri = new Uri(_targets, new TargetName(target.Name).ToUrlPath(prefix));
        var response = await options.Transport.OpenAsync(uri, target.Length, ct);
        RequireFound(response, target.Name, uri);
        return new VerifiedStream(response.Content!, target.Name, target.Length, target.Hashes);
    }

    private Uri MetadataUri(string role, long? version)
    {
        var prefix = version?.ToString(CultureInfo.InvariantCulture) + (version is null ? "" : ".");
        return new Uri(_metadata, $"{prefix}{Uri.EscapeDataString(role)}.json");
    }

    // One byte more than allowed is enough to know.
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(
        TransportResponse response,
        string role,
        int limit,
        CancellationToken ct
    )
    {
        // One buffer where the announced length is right; it grows where there is none, and is never trusted to be enough.
        var buffer = new byte[Math.Min(response.Length ?? FirstBuffer, limit) + 1];
        for (var length = 0; ; )
        {
            var count = await response.Content!.ReadAsync(buffer.AsMemory(length), ct);
            length += count;
            if (length > limit)
            {
                throw new TooLargeException(role, limit);
            }

            if (count == 0)
            {
                return buffer.AsMemory(0, length);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(2L * length, limit + 1L));
            }
        }
    }

    private static void RequireFound(TransportResponse response, string subject, Uri uri)
    {
        if (!response.IsMissing)
        {
            return;
        }

        if (response.Status == Forbidden)
        {
            throw new TransportException(subject, $"The server forbids {uri} (status 403).", response.Status);
        }

        throw new NotFoundException(subject, $"The repository has no {subject}: {uri} is not there.");
    }

    // Without the slash the last segment would be replaced, not extended.
    private static Uri Base(Uri uri) => uri.AbsoluteUri.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/");
}
