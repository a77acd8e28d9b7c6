namespace SystemTests;

/// <summary>A prepare that is stopped on its way: the slot can't boot, the running one is untouched, and the next prepare goes through.</summary>
public sealed class InterruptTests(Kit kit)
{
    [Fact]
    public async Task Cancel_stops_a_running_prepare()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-updated");
        await using var server = BadServer.Slow(kit.Repository("1.2.0"), bytesPerSecond: 200_000);
        host.Follow(server.Url);
        await using var prepare = host.StartUpdatectl("prepare", "--json");
        await Wait.UntilAsync("the slot is being written", () => server.ImageBytes > 100_000, () => prepare.Error);

        var cancel = (await host.UpdatectlAsync("cancel")).Expect(0);

        Assert.Contains("was stopped", cancel.Out, StringComparison.Ordinal);
        var stopped = await prepare.EndAsync();
        Refusal.Says(stopped.Expect(130), "cancelled", "updatectl prepare");
        Assert.Equal("cancelled", stopped.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(130, stopped.Json.GetProperty("exit_code").GetInt32());
        await NothingHalfDoneBootsAsync(host);
    }

    [Theory]
    [InlineData(RunningProgram.Interrupt, 130, "interrupted")]
    [InlineData(RunningProgram.Terminate, 143, "terminated")]
    public async Task A_signal_stops_a_prepare_in_order(int signal, int code, string name)
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-updated");
        await using var server = BadServer.Stalling(kit.Repository("1.2.0"));
        host.Follow(server.Url);
        await using var prepare = host.StartUpdatectl("prepare", "--json");
        await Wait.UntilAsync("the slot is being written", () => server.ImageBytes >= 1 << 20, () => prepare.Error);

        prepare.Signal(signal);

        var stopped = await prepare.EndAsync(TimeSpan.FromSeconds(20));
        Refusal.Says(stopped.Expect(code));
        Assert.Equal(name, stopped.Json.GetProperty("error").GetProperty("code").GetString());
        Assert.Equal(code, stopped.Json.GetProperty("exit_code").GetInt32());
        await NothingHalfDoneBootsAsync(host);
    }

    [Fact]
    public async Task A_signal_stops_a_check_that_waits_for_its_server()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        var asked = new TaskCompletionSource();
        await using var server = new BadServer(
            kit.Repository("1.1.0"),
            (_, body) =>
            {
                asked.TrySetResult();
                return new BadAnswer(body ?? [0], StallAfter: 0);
            }
        );
        host.Follow(server.Url);
        var before = host.Fingerprint(butNotMemory: true);
        await using var check = host.StartUpdatectl("check");
        await asked.Task.WaitAsync(TimeSpan.FromSeconds(60));

        check.Signal(RunningProgram.Interrupt);

        Refusal.IsClear(await check.EndAsync(TimeSpan.FromSeconds(20)), 130);
        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    [Fact]
    public async Task Confirm_that_is_interrupted_gives_no_verdict()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await host.UpdateAndBootAsync();
        var check = host.Of("etc/update-engine/health.d/required/10-slow");
        await File.WriteAllTextAsync(check, $"#!/bin/sh\n: >{host.Of("started")}\nexec sleep 1000\n");
        File.SetUnixFileMode(check, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var confirm = host.StartUpdatectl("confirm");
        await Wait.UntilAsync("the check runs", () => File.Exists(host.Of("started")), () => confirm.Error);

        confirm.Signal(RunningProgram.Terminate);

        Refusal.IsClear(await confirm.EndAsync(TimeSpan.FromSeconds(20)), 143);
        Assert.Equal(new Flags(2, 2, 0), await Witness.FlagsAsync(host.Disk, "B"));
        var status = (await host.UpdatectlAsync("status", "--json")).Expect(0).Json;
        Assert.Equal("not judged yet", status.GetProperty("health").GetString());
    }

    /// <summary>1.2.0 was on its way into slot A, which held 1.0.0 and could boot before.</summary>
    private async Task NothingHalfDoneBootsAsync(Sandbox host)
    {
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "A"));
        await Witness.AgreesAsync(host);
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));
        (await host.UpdatectlAsync("activate")).Expect(76);
        (await host.UpdatectlAsync("rollback")).Expect(76);

        host.Follow(await kit.ServedAsync("1.2.0"));
        await host.MustAsync("prepare");
        await Witness.HoldsAsync(host, "A", kit.RootImage("1.2.0"));
    }
}
