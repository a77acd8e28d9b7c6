namespace SystemTests;

/// <summary>What `status` says in each state, word for word (Golden/*.txt).</summary>
public sealed class StatusTests(Kit kit)
{
    [Fact]
    public async Task Not_booted()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-factory");

        await CheckAsync(host, "not-booted");
    }

    [Fact]
    public async Task Fresh_from_the_factory()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-factory");
        (await host.BootAsync()).Expect(0);
        await CheckAsync(host, "idle-not-judged");

        await host.MustAsync("confirm");
        await CheckAsync(host, "idle-fresh");
    }

    [Fact]
    public async Task From_available_to_a_good_boot()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await host.MustAsync("check");
        await CheckAsync(host, "available");

        await host.MustAsync("prepare");
        await CheckAsync(host, "staged");

        await host.MustAsync("activate");
        await CheckAsync(host, "ready");

        (await host.BootAsync()).Expect(0);
        await CheckAsync(host, "on-trial");

        await host.MustAsync("confirm");
        await CheckAsync(host, "updated");

        await host.MustAsync("rollback", "--reason", "the shop is slow");
        await CheckAsync(host, "rolled-back");
    }

    [Fact]
    public async Task After_a_fallback()
    {
        var host = await Sandbox.JudgedAsync(kit);
        host.FailHealthOf("1.1.0");
        await host.UpdateAndBootAsync();
        (await host.UpdatectlAsync("confirm")).Expect(74);
        await CheckAsync(host, "after-fallback-off");

        (await host.BootAsync()).Expect(0);
        await host.MustAsync("confirm");
        await CheckAsync(host, "after-fallback");
    }

    [Fact]
    public async Task A_trial_that_used_up_its_tries()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await host.MustAsync("prepare");
        await host.MustAsync("activate");
        for (var boot = 0; boot < 4; boot++)
        {
            (await host.BootAsync()).Expect(0);
        }

        await host.MustAsync("confirm");
        await CheckAsync(host, "tries-used-up");
    }

    [Fact]
    public async Task A_slot_that_was_left_half_written()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        await using var server = BadServer.Stalling(kit.Repository("1.1.0"));
        host.Follow(server.Url);
        await using (var prepare = host.StartUpdatectl("prepare"))
        {
            await Wait.UntilAsync("the slot is being written", () => server.ImageBytes >= 1 << 20, () => prepare.Error);
            await CheckAsync(host, "being-written");
            prepare.Signal(RunningProgram.Kill);
            await prepare.EndAsync();
        }

        await CheckAsync(host, "half-written");
    }

    [Fact]
    public async Task A_degraded_host()
    {
        var host = await Sandbox.JudgedAsync(kit);
        host.FailHealthOf("1.0.0");
        (await host.UpdatectlAsync("confirm")).Expect(74);

        await CheckAsync(host, "degraded");
    }

    private static async Task CheckAsync(Sandbox host, string name) =>
        GoldenText.Check(name, (await host.UpdatectlAsync("status")).Expect(0).Out, host);
}
