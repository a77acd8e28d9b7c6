using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>Whatever instant the power goes in the life of a host: something boots, it is whole, and the engine goes on from there (P2, P6).</summary>
public sealed class PowerCutTests
{
    private const int Seed = 20261121;

    [Theory]
    [InlineData(512, 16, 4096, 1)]
    [InlineData(512, 128, 64, 8)]
    [InlineData(512, 260, 64, 8)]
    [InlineData(4096, 32, 1024, 1)]
    [InlineData(4096, 128, 1024, 8)]
    public async Task A_complete_slot_boots_and_the_engine_goes_on(
        int sectorSize,
        int entryCount,
        int subsets,
        int secondCutEvery
    )
    {
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var shape = DiskShape.Tiny(sectorSize, entryCount, sectorSize == 512 ? 6 : 2, sectorSize == 512 ? 12 : 3);
        using var life = await EngineLife.LiveAsync(shape);
        var sweep = new PowerCutSweep(life, new SweepSize(subsets, secondCutEvery, 4096).Scaled(), Seed);
        sweep.Run(life.Steps);
        var swept = $"{sweep.States} {sweep.AfterSecondCut} {watch.Elapsed}";
        await sweep.RecoverAsync();
        Figures.Write(
            $"{sectorSize}-{entryCount}",
            sweep.States,
            sweep.Failures.Count,
            $"{sweep.AfterSecondCut} of them after a second cut; the engine went on from {sweep.ForRecovery.Count} {swept} {watch.Elapsed}"
        );
        Assert.Empty(sweep.Failures);
    }
}
