using System.Diagnostics;
using System.Globalization;

namespace SystemTests;

/// <summary>
/// SIGKILL at any moment: afterwards there is a slot to boot, it holds what was published, and `status` knows where the host stands.
/// UPDATE_ENGINE_KILL_ROUNDS sets how many rounds each command gets, UPDATE_ENGINE_SWEEP multiplies them; the moments are seeded.
/// </summary>
public sealed class KillTests(Kit kit)
{
    private const int RoundsOfPrepare = 180;
    private const int RoundsOnDevice = 60;

    /// <summary>After every n-th kill a whole prepare.</summary>
    private const int PrepareEvery = 4;

    private static readonly Flags s_cleared = new(0, 0, 0);

    private static int Rounds => Number("UPDATE_ENGINE_KILL_ROUNDS", 15) * Factor;

    private static int Factor => Number("UPDATE_ENGINE_SWEEP", 1);

    [Fact]
    public async Task A_prepare_that_is_killed_leaves_a_slot_to_boot()
    {
        // The slot that is written could boot before.
        await using var server = BadServer.Slow(kit.Repository("1.2.0"), bytesPerSecond: 6_000_000);
        var template = await Sandbox.CopyOfAsync(kit, "host-updated");
        template.Follow(server.Url);

        await SweepAsync(template, "prepare", seed: 1);
    }

    [Fact]
    public async Task Whenever_a_prepare_is_killed_the_running_slot_is_untouched_and_the_next_prepare_succeeds()
    {
        await using var server = BadServer.Slow(kit.Repository("1.2.0"), bytesPerSecond: 12_000_000);
        var template = await Sandbox.CopyOfAsync(kit, "host-updated");
        template.Follow(server.Url);

        await KillPreparesAsync(template, await template.CopyAsync(), RoundsOfPrepare * Factor, seed: 5);
    }

    [Fact]
    public async Task The_same_on_a_block_device()
    {
        await using var server = BadServer.Slow(kit.Repository("1.2.0"), bytesPerSecond: 12_000_000);
        var template = await Sandbox.CopyOfAsync(kit, "host-updated");
        template.Follow(server.Url);
        var host = await template.CopyAsync();
        await using var device = await LoopDevice.AttachAsync(host.Disk);

        await KillPreparesAsync(template, host, RoundsOnDevice * Factor, seed: 6);
    }

    [Fact]
    public async Task An_activate_that_is_killed_leaves_a_slot_to_boot()
    {
        var template = await Sandbox.JudgedAsync(kit);
        await template.MustAsync("prepare");

        await SweepAsync(template, "activate", seed: 2);
    }

    [Fact]
    public async Task A_confirm_that_is_killed_leaves_a_slot_to_boot()
    {
        var template = await Sandbox.JudgedAsync(kit);
        await template.UpdateAndBootAsync();

        await SweepAsync(template, "confirm", seed: 3);
    }

    [Fact]
    public async Task A_confirm_that_is_killed_on_its_way_back_leaves_a_slot_to_boot()
    {
        var template = await Sandbox.JudgedAsync(kit);
        template.FailHealthOf("1.1.0");
        await template.UpdateAndBootAsync();

        await SweepAsync(template, "confirm", seed: 4);
    }

    private async Task SweepAsync(Sandbox template, string command, int seed)
    {
        var whole = await HowLongAsync(await template.CopyAsync(), command);
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            // Past the start of the runtime, where nothing is written yet; sometimes just after the end.
            var moment = whole * (0.25 + 0.8 * random.NextDouble());
            var host = await template.CopyAsync();
            await using (var victim = host.StartUpdatectl(command))
            {
                await Task.Delay(moment);
                victim.Signal(RunningProgram.Kill);
                await victim.EndAsync();
            }

            try
            {
                await ThereIsAlwaysSomethingToBootAsync(host);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException(
                    $"{command}, seed {seed}, round {round}, killed after {moment.TotalMilliseconds:0} ms",
                    e
                );
            }

            Directory.Delete(host.Host, recursive: true);
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var n)
            ? n
            : otherwise;

    /// <summary>By turns from a host whose other slot could boot, and from what the last kill has left.</summary>
    private async Task KillPreparesAsync(Sandbox template, Sandbox host, int rounds, int seed)
    {
        var untouched = await Witness.SlotDigestAsync(host.Disk, "B");
        var whole = await HowLongAsync(host, "prepare");
        var random = new Random(seed);
        for (var round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
            {
                await host.RestoreAsync(template);
            }
            else if (await Witness.FlagsAsync(host.Disk, "A") != s_cleared)
            {
                await Witness.SetFlagsAsync(host.Disk, "A", s_cleared); // Complete: there would be nothing to do.
            }

            var moment = whole * (0.15 + 0.9 * random.NextDouble());
            await using (var victim = host.StartUpdatectl("prepare"))
            {
                await Task.Delay(moment);
                victim.Signal(RunningProgram.Kill);
                await victim.EndAsync();
            }

            var text = $"seed {seed}, round {round}, killed after {moment.TotalMilliseconds:0} ms";
            Assert.True((await host.UpdatectlAsync("status")).Code == 0, text);
            await Witness.NothingHalfWrittenCanBootAsync(host, kit);
            Assert.True(untouched == await Witness.SlotDigestAsync(host.Disk, "B"), $"{text}: slot B, which runs");
            if (round % PrepareEvery == 0)
            {
                var next = await host.UpdatectlAsync("prepare");
                Assert.True(next.Code is 0 or 77, $"{text}: {next}");
                await Witness.HoldsAsync(host, "A", kit.RootImage("1.2.0"));
                await Witness.AgreesAsync(host);
            }
        }
    }

    private static async Task<TimeSpan> HowLongAsync(Sandbox host, string command)
    {
        var watch = Stopwatch.StartNew();
        await host.UpdatectlAsync(command);
        return watch.Elapsed;
    }

    private async Task ThereIsAlwaysSomethingToBootAsync(Sandbox host)
    {
        (await host.UpdatectlAsync("status")).Expect(0);
        await Witness.NothingHalfWrittenCanBootAsync(host, kit);
        (await host.BootAsync()).Expect(0);
        await Witness.NothingHalfWrittenCanBootAsync(host, kit);
        // And it goes on from there. One copy of the table may have been torn; from here on both are whole.
        var verdict = await host.UpdatectlAsync("confirm");
        Assert.True(verdict.Code is 0 or 74, $"{verdict}");
        await Witness.AgreesAsync(host);
    }
}
