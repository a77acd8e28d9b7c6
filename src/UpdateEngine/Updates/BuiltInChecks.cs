using UpdateEngine.Disks;
using UpdateEngine.Health;

namespace UpdateEngine.Updates;

/// <summary>What the gate looks at on every host, beside the programs that were installed. That the running slot is the one that was selected is known before (<see cref="HostDisk.Running"/>).</summary>
internal static class BuiltInChecks
{
    /// <summary>Enough for a verdict with its evidence, and for the journal.</summary>
    private const long LeastState = 1 << 20;

    private static readonly TimeSpan s_repositoryTimeout = TimeSpan.FromSeconds(10);

    public static IEnumerable<HealthCheck> Of(Host host, Slot running)
    {
        // A slot with a hash partition was written with a tree, and who boots it without one is not guarded by it.
        if (running.Partition(Roles.Hash) is not null && !host.Paths.IsSandbox)
        {
            yield return new BuiltInCheck("verity", true, FailureClass.Image, null, _ => Task.FromResult(Verity()));
        }

        foreach (var (path, least) in host.Config.HealthFreeSpace)
        {
            yield return Space(true, path, least);
        }

        if (host.Config.HealthServices is { Count: > 0 } services)
        {
            yield return ServicesOf(host, services);
        }

        yield return Space(false, "/var/lib/update-engine", LeastState);
        if (host.Config.HealthRepository)
        {
            yield return new BuiltInCheck(
                "repository",
                false,
                FailureClass.Environment,
                s_repositoryTimeout,
                stop => RepositoryAsync(host, stop)
            );
        }

        BuiltInCheck Space(bool required, string path, long least) =>
            new(
                $"space of {path}",
                required,
                FailureClass.Environment,
                null,
                _ => Task.FromResult(FindLack(host.Paths.Of(path), least))
            );
    }

    private static string? Verity() =>
        MountedRoot.IsVerity() ? null : "the root does not lie on a dm-verity device, but its slot has a hash tree";

    private static string? FindLack(string path, long least)
    {
        try
        {
            var free = new DriveInfo(path).AvailableFreeSpace; // statvfs(3), of any path
            return free >= least ? null : $"{path} has {Bytes.Text(free)} free, not {Bytes.Text(least)}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>Where systemd does not run (sd_booted(3)) they can't be looked at: that is worth a remark, and decides nothing.</summary>
    private static BuiltInCheck ServicesOf(Host host, IReadOnlyList<string> services)
    {
        var hasSystemd = !host.Paths.IsSandbox && Directory.Exists("/run/systemd/system");
        return new BuiltInCheck(
            "services",
            hasSystemd,
            hasSystemd ? FailureClass.Image : FailureClass.Config,
            null,
            stop =>
                hasSystemd
                    ? UpAsync(stop)
                    : Task.FromResult<string?>("\"health_services\" needs systemd, which does not run here")
        );

        async Task<string?> UpAsync(CancellationToken stop)
        {
            try
            {
                return await new Services("systemctl", host.Time).FindFaultAsync(services, stop);
            }
            catch (IOException e)
            {
                return e.Message.TrimEnd('.');
            }
        }
    }

    private static async Task<string?> RepositoryAsync(Host host, CancellationToken stop)
    {
        try
        {
            using var repository = Repository.Open(host, patient: false);
            return await repository.AnswersAsync(stop) ? null : $"{host.Config.MetadataUrl} has no timestamp.json";
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return Faults.From(e).Message.TrimEnd('.');
        }
    }
}
