using UpdateEngine.Disks;
using UpdateEngine.Health;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Simulators;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>
/// The power is back: the real selector and the real engine on what the cut has left. `status` tells what lies there, the boot gets its verdict, the
/// step that was cut is taken again, and the host goes on to the newest release.
/// </summary>
internal sealed class Recovery : IDisposable
{
    /// <summary>What a step may answer that was done already when the power went, or that no longer fits what booted.</summary>
    private static readonly ExitCode[] s_answers = [ExitCode.NotAllowed, ExitCode.NothingToDo];

    private readonly TemporaryDirectory _directory = TemporaryDirectory.InMemory();
    private readonly EngineLife _life;
    private readonly LifeStep _step;
    private readonly Sandbox _host;
    private readonly Tree _files;

    public Recovery(EngineLife life, LifeStep step, CrashState state)
    {
        (_life, _step) = (life, step);
        _host = new Sandbox(_directory, life.Repository);
        _host.Time.Advance(step.Scene.At + TimeSpan.FromHours(1));
        _files = state.Files;
        _files.LayOut(_host.Paths.State);
        var image = step.Disk.ToArray();
        foreach (var (sector, content) in state.Sectors)
        {
            // A file has no sectors that can't be read.
            (content ?? new byte[life.Shape.SectorSize]).CopyTo(image, sector * life.Shape.SectorSize);
        }

        File.WriteAllBytes(_host.DiskPath, image);
    }

    /// <summary>What it did from the boot to the end of the step, for a second cut.</summary>
    public IReadOnlyList<DiskOperation> Operations { get; private set; } = [];

    public string DiskPath => _host.DiskPath;

    public void Dispose() => _directory.Dispose();

    /// <returns>What is wrong, or null.</returns>
    public async Task<string?> FaultAsync()
    {
        try
        {
            RequireStatus();
            var recorder = new Recorder(_host, _files);
            using (recorder.Listen())
            {
                _host.Boot();
                RequireStatus();
                await RequireGoodVerdictAsync();
                Follow(_step.Scene.Repository);
                await TakeAgainAsync();
            }

            Operations = recorder.Cut();
            RequireStatus();
            await GoOnAsync();
            return null;
        }
        catch (Exception e)
        {
            return e is UpdateException known ? $"{known.Code.Name}: {known.Message}" : e.ToString();
        }
    }

    private async Task TakeAgainAsync()
    {
        EngineLife.SetHealth(_host, _step.Scene.IsHealthy);
        try
        {
            await _step.Scene.Action(_host);
        }
        catch (Exception e) when (_step.Scene.Fails || s_answers.Contains(Faults.From(e).Code.Exit)) { }
        EngineLife.SetHealth(_host, isHealthy: true);
    }

    private async Task GoOnAsync()
    {
        _host.Boot();
        await RequireGoodVerdictAsync();
        Follow(_life.Offers);
        await _host.PrepareAsync();
        RequireStatus();
        await _host.ActivateAsync();
        RequireStatus();
        _host.Boot();
        await RequireGoodVerdictAsync();
        RequireStatus();
        var running = _host.Status.Slots.Single(s => s.Booted);
        Assert.Equal((EngineLife.Newest, true), (running.Version, running.Successful));
        Assert.DoesNotContain(Directory.EnumerateFiles(_host.Paths.State, ".*.tmp"), _ => true);
    }

    /// <summary>Every slot that may boot is called by the release that it holds, and no file is told to be unusable.</summary>
    private void RequireStatus()
    {
        var status = _host.Status;
        Assert.DoesNotContain(status.Findings, f => f.Contains("can't be used", StringComparison.Ordinal));
        using var disk = BlockDevice.Open(_host.DiskPath, DiskAccess.Read);
        var slots = SlotSet.Find(GuidPartitionTable.Read(disk), SlotLayout.Default, disk.Path);
        foreach (var slot in status.Slots.Where(s => s.Booted || s.Next || s.Successful))
        {
            Assert.Equal(_life.Published.In(disk, slot.Name == "A" ? slots.A : slots.B), slot.Version);
        }
    }

    private async Task RequireGoodVerdictAsync()
    {
        var verdict = await _host.ConfirmAsync();
        Assert.True(verdict.Verdict == Verdict.Good, verdict.Text);
    }

    private void Follow(string repository) =>
        _host.Configure(
            (
                "repository",
                new
                {
                    metadata_url = new Uri(repository + "/metadata/").AbsoluteUri,
                    targets_url = new Uri(repository + "/targets/").AbsoluteUri,
                }
            )
        );
}
