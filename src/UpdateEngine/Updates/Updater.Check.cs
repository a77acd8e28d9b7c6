using UpdateEngine.Releases;
using UpdateEngine.State;

namespace UpdateEngine.Updates;

public sealed partial class Updater
{
    /// <summary>Refreshes the trusted metadata and decides whether there is a release for this host now. Writes no slot and no flag.</summary>
    public async Task<CheckResult> CheckAsync(ChoiceOptions options, CancellationToken stop)
    {
        using var held = OperationLock.Take(host.Paths, "check");
        using var disk = HostDisk.OpenForReading(host);
        using var repository = Repository.Open(host);
        return (await ChooseAsync(disk, repository, options, stop)).Result;
    }

    private async Task<(CheckResult Result, Manifest Manifest)> ChooseAsync(
        HostDisk disk,
        Repository repository,
        ChoiceOptions options,
        CancellationToken stop
    )
    {
        var identity = host.Identity(RunningSystem.Read(host, disk));
        var denied = host.DenyList.Load();
        await repository.RefreshAsync(stop);
        var manifest = await repository.ReadManifestAsync(stop);
        var decision = UpdatePolicy.Choose(manifest, identity, denied, Now, options);
        var warnings = repository.Warnings.ToList();
        if (decision.RunningRecalled is { } reason)
        {
            warnings.Add($"version {identity.Version}, which runs here, was recalled by its publisher: {reason}");
        }

        host.LastCheck.Save(ToMemory(decision, identity, manifest, warnings));
        return (new CheckResult(decision, identity, warnings), manifest);
    }

    private DateTimeOffset ClockFloor() => host.LastCheck.Load()?.ClockFloor is { } floor && floor > Now ? floor : Now;

    private LastCheck ToMemory(
        Decision decision,
        HostIdentity identity,
        Manifest manifest,
        IReadOnlyList<string> warnings
    ) =>
        new(
            Now,
            decision.Chosen?.Version.ToString(),
            identity.Variant,
            identity.Arch,
            decision.Refusal?.Reason.ToString(),
            decision.Chosen is { } release ? $"{release.Version} is available" : decision.Refusal!.Text,
            decision.Refusal?.Until,
            warnings,
            [
                .. manifest
                    .Updates.Where(u => u.Variant == identity.Variant && u.Arch == identity.Arch && u.Recalled is null)
                    .Select(u => u.Version)
                    .OrderDescending()
                    .Select(v => v.ToString()),
            ]
        )
        {
            ClockFloor = ClockFloor(),
        };
}
