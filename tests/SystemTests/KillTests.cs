using System.Diagnostics;
using System.Globalization;

namespace SystemTests;

/// <summary>
/// SIGKILL at any moment: afterwards there is a slot to boot, it holds what was published, and `status` knows where the host stands.
/// UPDATE_ENGINE_KILL_ROUNDS sets how many rounds each command gets; the moments are seeded, so that a round can be repeated.
/// </summary>
public sealed class KillTests(Kit kit)
{
    private static int Rounds =>
        int.TryParse(
            Environment.GetEnvironmentVariable("UPDATE_ENGINE_KILL_ROUNDS"),
            CultureInfo.InvariantCulture,
            out var n
        )
            ? n
            : 5;

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
