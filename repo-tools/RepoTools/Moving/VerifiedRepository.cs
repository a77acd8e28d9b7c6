using RepoTools.Inspecting;
using RepoTools.Publishing;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;
using UpdateEngine.Tuf.Transport;

namespace RepoTools.Moving;

/// <summary>
/// A repository as a host reads it: through the TUF client, from a trusted root on, and never older than what a copy of it has already. The client's
/// store is a directory of its own that goes with this object.
/// </summary>
internal sealed class VerifiedRepository : IDisposable
{
    private const int BufferLength = 64 * 1024;

    private readonly DirectoryInfo _directory;
    private readonly MetadataStore _store;

    private VerifiedRepository(
        RepositoryAddress address,
        DirectoryInfo directory,
        CountingTransport transport,
        TufClient client
    )
    {
        (Address, _directory, Transport, Client) = (address, directory, transport, client);
        _store = new MetadataStore(directory.FullName);
    }

    public RepositoryAddress Address { get; }

    public TufClient Client { get; }

    public CountingTransport Transport { get; }

    public RefreshResult Versions { get; private set; } = null!;

    /// <param name="address">Where it is.</param>
    /// <param name="anchor">The bytes of a root that is trusted.</param>
    /// <param name="http">How it is asked for, where it is behind http:// or https://.</param>
    /// <param name="time">At which expiry is judged.</param>
    /// <param name="memory">A copy that was made before: nothing older than it is accepted. Null for none.</param>
    /// <param name="cancel">Stops the transfer.</param>
    /// <exception cref="TufException">What a host refuses.</exception>
    public static async Task<VerifiedRepository> OpenAsync(
        RepositoryAddress address,
        byte[] anchor,
        HttpTransportOptions http,
        TimeProvider time,
        CopyMemory? memory,
        CancellationToken cancel
    )
    {
        var transport = new CountingTransport(address.Metadata.IsFile ? new FileTransport() : new HttpTransport(http));
        var directory = TemporaryDirectory.Create("repo-tools-");
        try
        {
            memory?.Recall(new MetadataStore(directory.FullName));
            var client = TufClient.Open(
                new TufClientOptions
                {
                    TrustedRoot = anchor,
                    MetadataDirectory = directory.FullName,
                    Transport = transport,
                    MetadataUrl = address.Metadata,
                    TargetsUrl = address.Targets,
                    Time = time,
                }
            );
            var repository = new VerifiedRepository(address, directory, transport, client);
            repository.Versions = await client.RefreshAsync(cancel);
            return repository;
        }
        catch
        {
            transport.Dispose();
            directory.Delete(recursive: true);
            throw;
        }
    }

    /// <summary>The bytes of a role as they were signed.</summary>
    /// <param name="role">Trusted by now: refreshed, or loaded.</param>
    public byte[] BytesOf(string role) => File.ReadAllBytes(_store.PathOf(role));

    /// <param name="version">Of the chain, from the trusted root to the newest.</param>
    public byte[] BytesOfRoot(long version) => File.ReadAllBytes(_store.PathOfRoot(version));

    /// <returns>Null where there is none, or where it is no manifest's file.</returns>
    public async Task<Manifest?> FindManifestAsync(CancellationToken cancel)
    {
        var target = await Client.FindTargetAsync(new TargetName(Manifest.DefaultTargetName), cancel);
        return target is null ? null : Manifest.Parse(await Client.ReadTargetAsync(target, Manifest.MaxBytes, cancel));
    }

    /// <summary>Asks for the file of a target, and reads nothing of it.</summary>
    /// <exception cref="NotFoundException">It is not there.</exception>
    public async Task RequireTargetAsync(TargetFile target, CancellationToken cancel) =>
        await (await Client.OpenTargetAsync(target, cancel)).DisposeAsync();

    /// <summary>Any metadata file, not verified.</summary>
    /// <param name="path">"metadata/…"</param>
    /// <param name="limit">In bytes.</param>
    /// <param name="cancel">Stops the transfer.</param>
    /// <returns>Null where there is none.</returns>
    public async Task<byte[]?> FindFileAsync(string path, int limit, CancellationToken cancel)
    {
        var directory = new Uri(Address.Metadata.AbsoluteUri.TrimEnd('/') + "/");
        var request = new TransportRequest(new Uri(directory, Path.GetFileName(path)), limit);
        await using var response = await Transport.OpenAsync(request, cancel);
        if (response.Content is not { } content)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        var buffer = new byte[BufferLength];
        for (int count; (count = await content.ReadAsync(buffer, cancel)) > 0; )
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > limit)
            {
                throw new TooLargeException(path, limit);
            }
        }

        return bytes.ToArray();
    }

    /// <summary>
    /// Loads every role that somebody delegates to, in the order of trust, each verified by the keys of all its delegators. A role that the snapshot
    /// does not list was never published.
    /// </summary>
    public async Task<IReadOnlyList<(string Role, TargetsMetadata Metadata)>> LoadRolesAsync(CancellationToken cancel)
    {
        var roles = new List<(string, TargetsMetadata)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<Delegation>();
        Push(next, Client.Targets!, Roles.Targets);
        while (next.TryPop(out var edge))
        {
            var metadata = await Client.LoadRoleAsync(edge, cancel);
            if (known.Add(edge.Role))
            {
                roles.Add((edge.Role, metadata));
                Push(next, metadata, edge.Role);
            }
        }

        return roles;
    }

    public void Dispose()
    {
        Transport.Dispose();
        _directory.Delete(recursive: true);
    }

    private void Push(Stack<Delegation> next, TargetsMetadata metadata, string delegator)
    {
        if (metadata.Delegations is not { } delegations)
        {
            return;
        }

        var listed = Client.Snapshot!.Meta;
        // Of bins those that are there: there may be 2^32.
        var edges = delegations.Succinct is { } bins
            ? listed
                .Keys.Select(PublishedRoles.RoleOf)
                .Where(bins.Contains)
                .Order(StringComparer.Ordinal)
                .Select(bin => delegations.EdgeToBin(bin, delegator))
            : delegations
                .Roles.Where(role => listed.ContainsKey(PublishedRoles.FileOf(role.Name)))
                .Select(role => delegations.EdgeTo(role, delegator));
        foreach (var edge in edges.Reverse())
        {
            next.Push(edge);
        }
    }
}
