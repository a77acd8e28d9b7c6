using System.Collections.Concurrent;
using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>Cuts the power at every instant of a life, and of what comes after the cut again; <see cref="CutJudge"/> looks at each state.</summary>
/// <param name="seed">Of what is chosen by lot; each step has a lot of its own, so that steps can run side by side.</param>
internal sealed class PowerCutSweep(EngineLife life, SweepSize size, int seed)
{
    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, HashSet<UInt128>> _seen = new(StringComparer.Ordinal);
    private int _afterSecondCut;

    /// <summary>Failures after which it ends.</summary>
    public int EnoughFailures { get; init; } = 5;

    public IReadOnlyCollection<string> Failures => _failures;

    /// <summary>Distinct by content and step, those after a second cut included; the torn forms of one sector count once.</summary>
    public int States => _seen.Values.Sum(s => s.Count);

    /// <summary>States that the whole engine goes on from.</summary>
    public ConcurrentQueue<(LifeStep Step, CrashState State)> ForRecovery { get; } = new();

    /// <summary>Leaves what was tried for `./build.sh test`, and fails for what was found.</summary>
    public void Report(string name)
    {
        var details = $"{_afterSecondCut} of them after a second cut; the engine went on from {ForRecovery.Count}";
        Figures.Write(name, States, _failures.Count, details);
        Assert.True(_failures.IsEmpty, string.Join("\n", _failures));
    }

    public void Run(IReadOnlyList<LifeStep> steps) =>
        Parallel.ForEach(
            Partitioner.Create(steps.Index(), EnumerablePartitionerOptions.NoBuffering),
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            step =>
            {
                if (_failures.Count < EnoughFailures)
                {
                    Sweep(step.Item, new Random(seed + step.Index));
                }
            }
        );

    /// <summary>What cuts leave while a table is written, without the sectors that no file can have: unreadable ones.</summary>
    public IEnumerable<(LifeStep Step, CrashState State)> StatesOfTables(IReadOnlyList<LifeStep> steps) =>
        from step in steps
        from state in StatesOf(step.Disk, size, new Random(seed)).Of([], step.Files, step.Operations)
        where state.OfTable && !state.Sectors.ContainsValue(null)
        select (step, state);

    /// <summary>The whole engine goes on from the states that were kept for it, and what it does is cut, too: those are states of the step that was cut first.</summary>
    public Task RecoverAsync() =>
        Parallel.ForEachAsync(
            ForRecovery,
            new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            async (cut, _) =>
            {
                using var recovery = new Recovery(life, cut.Step, cut.State);
                if (_failures.Count < EnoughFailures && await recovery.FaultAsync() is { } fault)
                {
                    _failures.Enqueue($"{cut.Step.Name}, {cut.State.Text()}: {fault}");
                }

                var random = new Random(unchecked(seed ^ (int)(ulong)cut.State.Key));
                var readable = cut.State.Sectors.ToDictionary(
                    s => s.Key,
                    s => s.Value ?? new byte[life.Shape.SectorSize]
                );
                CutAgain(
                    new CutJudge(life, cut.Step),
                    cut.Step,
                    cut.State with
                    {
                        Sectors = readable!,
                    },
                    recovery.Operations,
                    random
                );
            }
        );

    private void Sweep(LifeStep step, Random random)
    {
        var judge = new CutJudge(life, step);
        var trees = new HashSet<Tree>();
        foreach (var state in StatesOf(step.Disk, size, random).Of([], step.Files, step.Operations))
        {
            var isNew = IsNew(step, state, out var number);
            if (!isNew && !state.IsTorn)
            {
                continue;
            }

            Judge(judge, step, state, state.Text, isFirstCut: true);
            if (isNew && state.OfTable && number % size.SecondCutEvery == 0)
            {
                CutAgain(judge, step, state, BootAndWrite(step, state), random);
            }

            if (isNew && trees.Add(state.Files) && (trees.Count + step.Name.Length) % size.RecoveryEvery == 0)
            {
                ForRecovery.Enqueue((step, state));
            }

            if (_failures.Count >= EnoughFailures)
            {
                break;
            }
        }
    }

    /// <summary>The boot's own first write, and the engine's next one.</summary>
    private List<DiskOperation> BootAndWrite(LifeStep step, CrashState state)
    {
        var disk = Disk(step, state);
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        var table = GuidPartitionTable.Read(disk);
        var slots = SlotSet.Find(table, SlotLayout.Default, disk.Path);
        var signpost = new Signpost(table, slots, choice.Slot.Name == slots.A.Name ? slots.A : slots.B);
        signpost.BeginWrite();
        signpost.Commit(disk);
        return disk.Operations;
    }

    private void CutAgain(
        CutJudge judge,
        LifeStep step,
        CrashState first,
        IReadOnlyList<DiskOperation> recovery,
        Random random
    )
    {
        foreach (var state in StatesOf(step.Disk, size.Again(), random).Of(first.Sectors, first.Files, recovery))
        {
            var isNew = IsNew(step, state, out _);
            if (isNew || state.IsTorn)
            {
                Interlocked.Add(ref _afterSecondCut, isNew ? 1 : 0);
                Judge(judge, step, state, () => $"{first.Text()}; then {state.Text()}", isFirstCut: false);
            }
        }
    }

    private bool IsNew(LifeStep step, CrashState state, out int number)
    {
        var seen = _seen.GetOrAdd(step.Name, _ => []);
        lock (seen)
        {
            var isNew = seen.Add(state.Key);
            number = seen.Count;
            return isNew;
        }
    }

    private void Judge(CutJudge judge, LifeStep step, CrashState state, Func<string> text, bool isFirstCut)
    {
        if (judge.Fault(Disk(step, state), state.Files, isFirstCut) is { } fault)
        {
            _failures.Enqueue($"{step.Name}, {text()}: {fault}");
        }
    }

    private OverlayDisk Disk(LifeStep step, CrashState state) => new(step.Disk, life.Shape.SectorSize, state.Sectors);

    private CrashStates StatesOf(byte[] image, SweepSize size, Random random)
    {
        var sectorSize = life.Shape.SectorSize;
        var slots = SlotSet.Find(
            GuidPartitionTable.Read(new OverlayDisk(image, sectorSize, new Dictionary<int, byte[]?>())),
            SlotLayout.Default,
            "a life"
        );
        var (first, last) = (slots.A.Boot.FirstLba, slots.Private.LastLba);
        var variants = new SectorVariants(image, sectorSize, s => s < first || s > last, size.Subsets, random);
        return new CrashStates(image, sectorSize, variants);
    }
}
