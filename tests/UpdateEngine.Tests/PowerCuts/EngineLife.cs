using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>
/// The life of a host, lived by the real engine with a real, signed repository and recorded step by step: updates that succeed, fail, are broken off,
/// taken back, denied, damaged. Nothing that became durable is missing in the log: after each step its replay is compared with what is there.
/// </summary>
internal sealed class EngineLife : IDisposable
{
    /// <summary>Published when the life is over.</summary>
    public const string Newest = "9.0.0";

    private const string Check = "web";

    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly Sandbox _host;
    private readonly Recorder _recorder;
    private readonly List<LifeStep> _steps = [];
    private bool _isHealthy = true;
    private int _publications;

    private EngineLife(DiskShape shape, long damageAt)
    {
        Shape = shape;
        Published = new Published(shape);
        _host = new Sandbox(shape, _directory);
        Fill();
        if (damageAt > 0)
        {
            _host.CorruptDisk(damageAt);
        }

        _recorder = new Recorder(_host, Tree.Read(_host.Paths.State));
    }

    public DiskShape Shape { get; }
    public Published Published { get; }
    public TestRepository Repository => _host.Repository;
    public IReadOnlyList<LifeStep> Steps => _steps;

    /// <summary>A directory with the repository that offers <see cref="Newest"/>.</summary>
    public string Offers => Publication(_publications);

    /// <param name="damageAt">A byte of the disk that is wrong from the beginning, or 0.</param>
    public static async Task<EngineLife> LiveAsync(DiskShape shape, long damageAt = 0)
    {
        var life = new EngineLife(shape, damageAt);
        using (life._recorder.Listen())
        {
            await life.LiveAsync();
        }

        return life;
    }

    public void Dispose() => _directory.Dispose();

    private async Task LiveAsync()
    {
        Publish();
        await BootAsync("A");
        await ConfirmAsync();
        // An update from A to B that succeeds at once.
        Offer("1.1.0");
        await StepAsync("check", h => h.CheckAsync());
        await UpdateAsync();
        await BootAsync("B");
        await ConfirmAsync();
        // One from B to A: broken off, begun again, activated, taken back, activated; its second boot is judged bad.
        await BrokenOffAsync("1.2.0");
        await UpdateAsync();
        await StepAsync("cancel", h => h.Updater.CancelAsync(CancellationToken.None));
        await ActivateAsync();
        await BootAsync("A");
        await BootAsync("A");
        await UnhealthyAsync("bad verdict", denies: "1.2.0");
        await BootAsync("B");
        await ConfirmAsync();
        // A third uses up all its tries.
        Offer("1.3.0");
        await UpdateAsync();
        await BootAsync("A");
        await BootAsync("A");
        await BootAsync("A");
        await BootAsync("B");
        await ConfirmAsync();
        // A fourth succeeds, and an operator goes back all the same.
        Offer("1.4.0");
        await UpdateAsync();
        await BootAsync("A");
        await ConfirmAsync();
        await StepAsync("roll back", h => h.Updater.RollBackAsync(null, CancellationToken.None), denies: "1.4.0");
        await BootAsync("B");
        await ConfirmAsync();
        await StepAsync("deny", h => Task.FromResult(h.Updater.Deny(SemanticVersion.Parse("7.0.0"), null)));
        await StepAsync("allow", AllowAsync);
        await UnhealthyAsync("degraded");
        await ConfirmAsync();
        // The slot that is overwritten now was good until then; what was written is damaged before it is activated.
        Offer("1.5.0");
        await PrepareAsync();
        _host.Corrupt("A", Roles.Root, 5);
        await StepAsync("activate a damaged slot", h => h.ActivateAsync(), fails: true);
        await UpdateAsync();
        await BootAsync("A");
        await ConfirmAsync();
        Offer(Newest);
    }

    // Taken again it would answer that the version is not denied.
    private static Task AllowAsync(Sandbox host)
    {
        var version = SemanticVersion.Parse("7.0.0");
        return Task.FromResult(host.Denied.Any(d => d.Version == "7.0.0") ? host.Updater.Allow(version) : null);
    }

    private async Task UpdateAsync()
    {
        await PrepareAsync();
        await ActivateAsync();
    }

    private Task PrepareAsync() => StepAsync("prepare", h => h.PrepareAsync());

    private Task ActivateAsync() => StepAsync("activate", h => h.ActivateAsync());

    private Task ConfirmAsync() => StepAsync("confirm", h => h.ConfirmAsync());

    private Task BootAsync(string expected) =>
        StepAsync(
            $"boot {expected}",
            h =>
            {
                h.Boot();
                return Task.CompletedTask;
            }
        );

    /// <summary>The second image of the release is not there yet.</summary>
    private async Task BrokenOffAsync(string version)
    {
        Offer(version, publish: false);
        var missing = Repository.TargetPath($"demo-{version}-root.zst");
        var content = await File.ReadAllBytesAsync(missing);
        File.Delete(missing);
        Publish();
        await StepAsync("prepare that is broken off", h => h.PrepareAsync(), fails: true);
        await File.WriteAllBytesAsync(missing, content);
        Publish();
    }

    private async Task UnhealthyAsync(string name, string? denies = null)
    {
        _isHealthy = false;
        SetHealth(_host, isHealthy: false);
        await StepAsync(name, h => h.ConfirmAsync(), denies: denies);
        _isHealthy = true;
        SetHealth(_host, isHealthy: true);
    }

    /// <summary>The only health check says so.</summary>
    public static void SetHealth(Sandbox host, bool isHealthy) => host.AddCheck(Check, isHealthy ? "exit 0" : "exit 1");

    private async Task StepAsync(string name, Func<Sandbox, Task> action, bool fails = false, string? denies = null)
    {
        var (disk, files) = (_host.Disk, _recorder.Tree);
        _host.Time.Advance(TimeSpan.FromMinutes(10));
        _ = _recorder.Cut();
        var fault = await Record.ExceptionAsync(() => action(_host));
        Assert.True(fault is null != fails, $"{name}: {fault}");
        var scene = new Scene(
            action,
            Publication(_publications),
            _host.Time.GetUtcNow() - ManualTime.Start,
            _isHealthy,
            fails,
            denies
        );
        var step = new LifeStep($"{_steps.Count + 1} {name}", disk, files, _recorder.Cut(), scene);
        RequireTheWholeTruth(step);
        _steps.Add(step);
    }

    // What went past the recorder would go past the sweep.
    private void RequireTheWholeTruth(LifeStep step)
    {
        Assert.True(
            step.DiskAfter.AsSpan().SequenceEqual(_host.Disk),
            $"{step.Name}: the disk is not what was recorded"
        );
        var files = Directory
            .EnumerateFiles(_host.Paths.State, "*", SearchOption.AllDirectories)
            .Select(f => $"{Path.GetRelativePath(_host.Paths.State, f)} {Convert.ToHexString(File.ReadAllBytes(f))}")
            .Order(StringComparer.Ordinal);
        Assert.Equal(
            step.FilesAfter.Files.Select(f => $"{f.Path} {Convert.ToHexString(f.Content)}")
                .Order(StringComparer.Ordinal),
            files
        );
    }

    private void Offer(string version, bool publish = true)
    {
        var (boot, root) = Published.Make(version);
        Repository.Add(version, boot, root);
        if (publish)
        {
            Publish();
        }
    }

    /// <summary>Keeps what is offered now for those who take a step again later.</summary>
    private void Publish()
    {
        var to = Publication(++_publications);
        foreach (var part in (string[])["metadata", "targets"])
        {
            Directory.CreateDirectory(Path.Join(to, part));
            foreach (var file in Directory.EnumerateFiles(_directory[$"repository/{part}"]))
            {
                File.Copy(file, Path.Join(to, part, Path.GetFileName(file)));
            }
        }
    }

    private string Publication(int number) => _directory[$"published/{number}"];

    /// <summary>As it leaves the factory: 1.0.0 in slot A, rubbish in B.</summary>
    private void Fill()
    {
        var (boot, root) = Published.Make("1.0.0");
        using var disk = BlockDevice.Open(_host.DiskPath, DiskAccess.ReadWrite);
        var slots = SlotSet.Find(GuidPartitionTable.Read(disk), SlotLayout.Default, disk.Path);
        disk.Write(slots.A.Boot.Offset, boot);
        disk.Write(slots.A.Root.Offset, root);
        disk.Write(slots.B.Root.Offset, boot);
    }
}
