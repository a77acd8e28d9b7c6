using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>The table that a cut left, as programs of other authors read it; and that they have no fault to find when the engine has gone on.</summary>
public sealed class ToolsAfterCutsTests
{
    private const int Sample = 60;

    [Fact]
    public async Task Cgpt_reads_the_flags_that_we_read_and_sgdisk_finds_no_fault_after_the_recovery()
    {
        using var life = await EngineLife.LiveAsync(DiskShape.Tiny(512, 128, 3, 4));
        var sweep = new PowerCutSweep(life, new SweepSize(64, int.MaxValue, int.MaxValue), seed: 3);
        var cuts = sweep.StatesOfTables(life.Steps).ToList();
        var every = Math.Max(1, cuts.Count / (Sample * SweepSize.Factor));
        foreach (var (n, (step, state)) in cuts.Index().Where(c => c.Index % every == 0))
        {
            using var recovery = new Recovery(life, step, state);
            AgreeWithUs(recovery.DiskPath, $"{step.Name}, {state.Text()}");
            Assert.Null(await recovery.FaultAsync());
            Assert.Contains("No problems found", Tool.Run("sgdisk", "-v", recovery.DiskPath).Output);
        }
    }

    private static void AgreeWithUs(string path, string cut)
    {
        using var disk = BlockDevice.Open(path, DiskAccess.Read);
        var slots = SlotSet.Find(GuidPartitionTable.Read(disk), SlotLayout.Default, path);
        foreach (var boot in (GptPartition[])[slots.A.Boot, slots.B.Boot])
        {
            var theirs = new BootFlags(Cgpt("-P"), Cgpt("-T"), Cgpt("-S") == 1);
            Assert.True(theirs == BootFlags.FromAttributes(boot.Attributes), $"{cut}: cgpt reads {theirs}");
            // Its own reading of torn entries is more lenient than ours, cgpt's and GRUB's: it shows them with a warning.
            var (exit, text) = Tool.Run("sgdisk", "-i", $"{boot.Index}", path);
            Assert.True(exit == 0 && text.Contains($"'{boot.Label}'", StringComparison.Ordinal), $"{cut}: {text}");

            int Cgpt(string field)
            {
                var (code, shown) = Tool.Run("cgpt", "show", "-i", $"{boot.Index}", field, path);
                Assert.True(code == 0, $"{cut}: {shown}");
                return int.Parse(shown.Split('\n').First(l => l.Length > 0 && l.All(char.IsAsciiDigit)));
            }
        }
    }
}
