using UpdateEngine.Tests.Hosts;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>Whatever instant the power goes in the life of a host: something boots, it is whole, and the engine goes on from there (P2, P6).</summary>
public sealed class PowerCutTests
{
    private const int Seed = 20261121;

    /// <param name="subsets">Of the images too, which are 6 and 12 sectors (2 and 3 of 4096 bytes): 4096 is all of them.</param>
    [Theory]
    [InlineData(512, 16, 4096, 1, 1)]
    [InlineData(512, 128, 64, 8, 8)]
    [InlineData(512, 260, 64, 8, 16)]
    [InlineData(4096, 32, 1024, 1, 4)]
    [InlineData(4096, 128, 1024, 8, 8)]
    public async Task A_complete_slot_boots_and_the_engine_goes_on(
        int sectorSize,
        int entryCount,
        int subsets,
        int secondCutEvery,
        int recoveryEvery
    )
    {
        var (boot, root) = sectorSize == 512 ? (6, 12) : (2, 3);
        using var life = await EngineLife.LiveAsync(DiskShape.Tiny(sectorSize, entryCount, boot, root));
        var sweep = new PowerCutSweep(life, new SweepSize(subsets, secondCutEvery, recoveryEvery).Scaled(), Seed);
        sweep.Run(life.Steps);
        await sweep.RecoverAsync();
        sweep.Report($"{sectorSize}-{entryCount}");
    }

    [Theory]
    [InlineData("primary")]
    [InlineData("backup")]
    public async Task A_life_that_starts_with_one_damaged_copy_survives_every_cut(string copy)
    {
        var shape = DiskShape.Tiny(512, 16, 3, 4);
        using var life = await EngineLife.LiveAsync(shape, copy == "primary" ? 512 : shape.Length - 512);
        var sweep = new PowerCutSweep(life, new SweepSize(64, 1, 1).Scaled(), Seed);
        // Its first verdict repairs the table; from then on it is a life like others.
        sweep.Run([.. life.Steps.Take(2)]);
        await sweep.RecoverAsync();
        sweep.Report($"damaged-{copy}");
    }
}
