using RepoTools.Delegating;
using UpdateEngine;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.Tuf;
using UpdateEngine.Tuf.Client;
using UpdateEngine.Tuf.Metadata;

namespace RepoTools.Inspecting;

/// <param name="Target">Its name.</param>
/// <param name="Why">What a host would be told.</param>
internal sealed record RefusedTarget(string Target, string Code, string Why);

/// <summary>What a host that has never seen the repository finds.</summary>
/// <param name="Delegated">How many delegated roles there are.</param>
/// <param name="Length">Of all targets together, in bytes.</param>
/// <param name="Read">How many targets were read and verified.</param>
internal sealed record HostView(
    RefreshResult Refresh,
    int Delegated,
    int Targets,
    long Length,
    int Read,
    IReadOnlyList<RefusedTarget> Refused,
    Manifest? Manifest
);

/// <summary>
/// A new host: the client that hosts run, with a store of its own that is gone afterwards. Refreshes, loads every delegated role, finds whatever
/// the manifest names, and reads targets to nowhere.
/// </summary>
/// <param name="client">Opened on an empty store.</param>
/// <param name="progress">Told of bytes of targets; null where nobody looks.</param>
internal sealed class HostRun(TufClient client, IProgress<TransferStep>? progress)
{
    private const int BufferLength = 128 * 1024;

    private readonly Dictionary<string, TargetFile> _targets = new(StringComparer.Ordinal);
    private readonly HashSet<string> _roles = new(StringComparer.Ordinal);
    private readonly List<RefusedTarget> _refused = [];
    private int _read;

    /// <exception cref="TufException">A host would refuse the repository, or could not find its way in it.</exception>
    /// <exception cref="UpdateException">The manifest is no manifest.</exception>
    public async Task<HostView> RunAsync(bool withTargets, CancellationToken cancel)
    {
        var refresh = await client.RefreshAsync(cancel);
        await LoadRolesAsync(cancel);
        var manifest = await ReadManifestAsync(cancel);
        var total = _targets.Values.Sum(file => file.Length);
        if (withTargets)
        {
            await ReadTargetsAsync(total, cancel);
        }

        return new HostView(refresh, _roles.Count, _targets.Count, total, _read, _refused, manifest);
    }

    private async Task LoadRolesAsync(CancellationToken cancel)
    {
        var next = new Stack<(string Role, TargetsMetadata Metadata)>([(Roles.Targets, client.Targets!)]);
        while (next.TryPop(out var delegator))
        {
            foreach (var (name, file) in delegator.Metadata.Targets)
            {
                // Under one name several roles may have different files; hosts ask for one, all are published.
                _targets.TryAdd($"{name} {file.Hashes.Values.First().Value}", file);
            }

            foreach (var edge in RoleGraph.EdgesOf(delegator.Metadata.Delegations, delegator.Role))
            {
                var metadata = await client.LoadRoleAsync(edge, cancel);
                if (_roles.Add(edge.Role))
                {
                    next.Push((edge.Role, metadata));
                }
            }
        }
    }

    private async Task<Manifest?> ReadManifestAsync(CancellationToken cancel)
    {
        var name = new TargetName(Manifest.DefaultTargetName);
        if (await client.FindTargetAsync(name, cancel) is not { } file)
        {
            return null;
        }

        var manifest = Manifest.Parse(await client.ReadTargetAsync(file, Manifest.MaxBytes, cancel));
        foreach (var named in Publishing.Publisher.Names(manifest).Order(StringComparer.Ordinal))
        {
            if (await client.FindTargetAsync(new TargetName(named), cancel) is null)
            {
                _refused.Add(
                    new RefusedTarget(
                        named,
                        ErrorCodes.ImageMissing.Name,
                        $"The manifest names {named}, but no role has such a target."
                    )
                );
            }
        }

        return manifest;
    }

    private async Task ReadTargetsAsync(long total, CancellationToken cancel)
    {
        var buffer = new byte[BufferLength];
        long done = 0;
        foreach (var file in _targets.Values)
        {
            try
            {
                await using var stream = await client.OpenTargetAsync(file, cancel);
                int count;
                while ((count = await stream.ReadAsync(buffer, cancel)) > 0)
                {
                    done += count;
                    progress?.Report(new TransferStep("targets", done, total));
                }

                _read++;
            }
            // All that are wrong are told of, not the first alone; a server that is gone is gone for all.
            catch (TufException why) when (why is not TransportException)
            {
                _refused.Add(new RefusedTarget(file.Name, why.Code, why.Message));
            }
        }
    }
}

/// <summary>One time for all that is judged.</summary>
internal sealed class FixedTime(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
