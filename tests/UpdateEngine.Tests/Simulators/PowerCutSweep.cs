using UpdateEngine.Boot;
using UpdateEngine.Disks;

namespace UpdateEngine.Tests.Simulators;

/// <summary>
/// Cuts the power at every instant of a life and boots (P2). In each state that a cut can leave, the table loads, its flags are those
/// before the step or those after it, and the slot that is selected has a complete release in it. Then the boot's own first write,
/// and the engine's next one, are cut again.
/// </summary>
internal sealed class PowerCutSweep(int sectorSize, int seed)
{
    private const int EnoughFailures = 5;

    private readonly Random _random = new(seed);
    private readonly HashSet<string> _states = new(StringComparer.Ordinal);

    public List<string> Failures { get; } = [];

    /// <summary>Distinct states per step, those after a second cut included.</summary>
    public int States => _states.Count;

    /// <param name="secondCutEvery">A second cut follows every n-th new state; 0: none.</param>
    public void Run(IReadOnlyList<LifeStep> steps, int secondCutEvery)
    {
        var seen = 0;
        foreach (var step in steps)
        {
            var allowed = AllowedFlags(step);
            foreach (var state in CrashStates.Of(step.Before, step.Operations, sectorSize, _random))
            {
                var isNew = _states.Add(step.Name + state.Key);
                if (!isNew && !state.IsTorn)
                {
                    continue;
                }

                var text = $"{step.Name}: {state.Description}";
                Check(state.Image, text, allowed);
                if (isNew && secondCutEvery > 0 && seen++ % secondCutEvery == 0 && Failures.Count == 0)
                {
                    CutAgain(state.Image, step.Name + "+" + state.Key + "+", text);
                }

                if (Failures.Count >= EnoughFailures)
                {
                    return;
                }
            }
        }
    }

    private void CutAgain(byte[] image, string prefix, string text)
    {
        var disk = new RecordedDisk(image.ToArray(), sectorSize);
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        var signpost = SlotDisk.Signpost(disk, choice.Slot.Name);
        signpost.BeginWrite();
        signpost.Commit(disk);
        foreach (var state in CrashStates.Of(image, disk.Operations, sectorSize, _random))
        {
            if (_states.Add(prefix + state.Key) || state.IsTorn)
            {
                Check(state.Image, $"{text}; then {state.Description}", null);
            }
        }
    }

    private HashSet<string> AllowedFlags(LifeStep step)
    {
        var after = RecordedDisk.ReplayFrom(step.Before, step.Operations);
        return [FlagsOf(step.Before), FlagsOf(after)];
    }

    private string FlagsOf(byte[] image) => FlagsOf(SlotDisk.Signpost(new RecordedDisk(image, sectorSize), "A"));

    private static string FlagsOf(Signpost signpost) =>
        $"A: {signpost.Flags(signpost.Running)}; B: {signpost.Flags(signpost.Other)}";

    private void Check(byte[] image, string text, HashSet<string>? allowed)
    {
        try
        {
            var signpost = SlotDisk.Signpost(new RecordedDisk(image, sectorSize), "A");
            foreach (var slot in new[] { signpost.Running, signpost.Other })
            {
                var isMarked = signpost.Flags(slot) is { Successful: true } or { Tries: > 0 };
                if (isMarked && SlotDisk.Release(image, slot) is null)
                {
                    Failures.Add($"{text}: slot {slot.Name} is marked valid and half-written");
                }
            }

            if (allowed is not null && !allowed.Contains(FlagsOf(signpost)))
            {
                Failures.Add($"{text}: flags are neither old nor new: {FlagsOf(signpost)}");
            }

            var disk = new RecordedDisk(image.ToArray(), sectorSize);
            var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
            if (SlotDisk.Release(image, choice.Slot) is null)
            {
                Failures.Add($"{text}: slot {choice.Slot.Name} is selected and half-written");
            }

            if (disk.Operations is [.., not DiskFlush])
            {
                Failures.Add($"{text}: the try was not flushed");
            }
        }
        catch (UpdateException e)
        {
            Failures.Add($"{text}: {e.Message}");
        }
    }
}
