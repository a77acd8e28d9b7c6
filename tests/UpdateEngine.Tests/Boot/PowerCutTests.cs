using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Boot;

public sealed class PowerCutTests
{
    private const int Seed = 20261121;

    [Theory]
    [InlineData(512, 16, 1, 8000)]
    [InlineData(512, 128, 32, 1000)]
    [InlineData(512, 260, 128, 800)]
    [InlineData(4096, 128, 64, 800)]
    [InlineData(4096, 32, 64, 800)]
    public void WhateverInstantThePowerGoes_ACompleteSlotBoots(
        int sectorSize,
        int entryCount,
        int secondCutEvery,
        int floor
    )
    {
        var sweep = new PowerCutSweep(sectorSize, Seed);
        sweep.Run(SlotLife.Live(SlotDisk.MakeFactory(sectorSize, entryCount)), secondCutEvery);
        Note($"sector {sectorSize}, {entryCount} entries: {sweep.States} distinct states");
        Assert.Empty(sweep.Failures);
        Assert.True(sweep.States >= floor, $"only {sweep.States} states were tried");
    }

    [Theory]
    [InlineData("primary")]
    [InlineData("backup")]
    public void ALifeThatStartsWithOneDamagedCopy_SurvivesEveryCut(string copy)
    {
        var disk = SlotDisk.MakeFactory(512, 16);
        var header = copy == "primary" ? 512 : disk.Image.Length - 512;
        disk.Image.AsSpan(header, 512).Clear();
        var sweep = new PowerCutSweep(512, Seed);
        sweep.Run(SlotLife.Live(disk), secondCutEvery: 24);
        Assert.Empty(sweep.Failures);
    }

    // The sweep must be able to fail: each of these is a fault that was made somewhere.
    [Theory]
    [InlineData(nameof(NoFlushAtAll))]
    [InlineData(nameof(PrimaryFirstWithoutFlush))]
    [InlineData(nameof(MarkValidBeforeTheImages))]
    [InlineData(nameof(ImagesBeforeBeginWrite))]
    [InlineData(nameof(OneCopyOnly))]
    public void AWrongOrder_IsFoundByTheSweep(string mutation)
    {
        var steps = SlotLife.Live(SlotDisk.MakeFactory(512, 16));
        IReadOnlyList<LifeStep> mutated = mutation switch
        {
            nameof(NoFlushAtAll) => [.. steps.Select(NoFlushAtAll)],
            nameof(PrimaryFirstWithoutFlush) => [.. steps.Select(PrimaryFirstWithoutFlush)],
            nameof(OneCopyOnly) => [.. steps.Select(OneCopyOnly)],
            nameof(MarkValidBeforeTheImages) => MarkValidBeforeTheImages(steps),
            _ => ImagesBeforeBeginWrite(steps),
        };
        var sweep = new PowerCutSweep(512, Seed);
        sweep.Run(Chained(mutated), secondCutEvery: 0);
        Assert.NotEmpty(sweep.Failures);
    }

    // Each step starts from what the mutated ones before it left.
    private static List<LifeStep> Chained(IReadOnlyList<LifeStep> steps)
    {
        var image = steps[0].Before;
        var result = new List<LifeStep>();
        foreach (var step in steps)
        {
            result.Add(step with { Before = image });
            image = RecordedDisk.ReplayFrom(image, step.Operations);
        }

        return result;
    }

    private static LifeStep NoFlushAtAll(LifeStep step) =>
        step with
        {
            Operations = [.. step.Operations.Where(o => o is DiskWrite)],
        };

    private static LifeStep PrimaryFirstWithoutFlush(LifeStep step) =>
        IsCommit(step)
            ? step with
            {
                Operations = [.. step.Operations.OfType<DiskWrite>().OrderBy(w => w.Offset), new DiskFlush()],
            }
            : step;

    private static LifeStep OneCopyOnly(LifeStep step) =>
        IsCommit(step) ? step with { Operations = [.. step.Operations.Skip(3)] } : step;

    private static List<LifeStep> MarkValidBeforeTheImages(IReadOnlyList<LifeStep> steps) =>
        Joined(steps, "images", "mark valid", (images, mark) => [.. mark, .. images]);

    private static List<LifeStep> ImagesBeforeBeginWrite(IReadOnlyList<LifeStep> steps) =>
        Joined(steps, "begin write", "images", (begin, images) => [.. images, .. begin]);

    private static List<LifeStep> Joined(
        IReadOnlyList<LifeStep> steps,
        string first,
        string second,
        Func<IReadOnlyList<DiskOperation>, IReadOnlyList<DiskOperation>, IReadOnlyList<DiskOperation>> join
    )
    {
        var result = new List<LifeStep>();
        foreach (var step in steps)
        {
            var isPair =
                step.Name.Contains($" {second} (") && result.Count > 0 && result[^1].Name.Contains($" {first} (");
            if (isPair)
            {
                result[^1] = result[^1] with { Operations = join(result[^1].Operations, step.Operations) };
            }
            else
            {
                result.Add(step);
            }
        }

        return result;
    }

    private static bool IsCommit(LifeStep step) =>
        step.Operations is [DiskWrite, DiskWrite, DiskFlush, DiskWrite, DiskWrite, DiskFlush];

    // The runner hides what passing tests print.
    private static void Note(string line)
    {
        var folder = Directory.CreateDirectory(Path.Combine(AppContext.BaseDirectory, "figures")).FullName;
        var name = line[..line.IndexOf(':', StringComparison.Ordinal)]
            .Replace(' ', '-')
            .Replace(",", "", StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(folder, $"power-cuts-{name}.txt"), line + "\n");
    }
}
