namespace SystemTests;

/// <summary>One operation at a time: the second one is told so at once, by 75, and changes nothing.</summary>
public sealed class BusyTests(Kit kit)
{
    [Fact]
    public async Task While_a_prepare_runs_other_operations_are_busy_and_status_answers()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        await using var server = BadServer.Stalling(kit.Repository("1.1.0"));
        host.Follow(server.Url);
        await using var prepare = host.StartUpdatectl("prepare");
        await Wait.UntilAsync("the slot is being written", () => server.ImageBytes >= 1 << 20, () => prepare.Error);

        foreach (var command in (string[])["check", "prepare", "activate", "rollback"])
        {
            Refusal.IsClear(await host.UpdatectlAsync(command), 75, $"prepare, process {prepare.Id}", host.Lock);
        }

        Refusal.IsClear(await host.UpdatectlAsync("deny", "add", "1.1.0"), 75, "prepare");
        var status = (await host.UpdatectlAsync("status")).Expect(0);
        Assert.Contains("Running now: prepare", status.Out, StringComparison.Ordinal);
        Assert.Contains("being written", status.Out, StringComparison.Ordinal);
        Assert.False(prepare.HasExited);
        (await host.UpdatectlAsync("cancel")).Expect(0);
        Assert.Equal(130, (await prepare.EndAsync()).Code);
    }

    [Theory]
    [InlineData("check")]
    [InlineData("prepare")]
    [InlineData("activate")]
    [InlineData("cancel")]
    [InlineData("rollback")]
    [InlineData("deny add 1.1.0")]
    public async Task A_lock_that_somebody_holds_is_named(string line)
    {
        var host = await Sandbox.JudgedAsync(kit);
        await using var holder = await HoldAsync(host.Lock);
        var before = host.Fingerprint();

        Refusal.IsClear(await host.UpdatectlAsync(line.Split(' ')), 75, host.Lock);

        Assert.Equal(before, host.Fingerprint());
        (await host.UpdatectlAsync("status")).Expect(0);
        (await host.UpdatectlAsync("history")).Expect(0);
    }

    [Fact]
    public async Task Two_hosts_on_one_disk_do_not_write_at_the_same_time()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var other = await host.CopyAsync();
        other.Configure(c => c["disk"] = "shared.img");
        File.Delete(other.Disk);
        File.CreateSymbolicLink(other.Of("shared.img"), host.Disk);
        await using var server = BadServer.Stalling(kit.Repository("1.1.0"));
        host.Follow(server.Url);
        await using var prepare = host.StartUpdatectl("prepare");
        await Wait.UntilAsync("the slot is being written", () => server.ImageBytes > 0, () => prepare.Error);

        foreach (var command in (string[])["prepare", "activate", "rollback"])
        {
            Refusal.IsClear(await other.UpdatectlAsync(command), 75, "shared.img");
        }

        (await other.UpdatectlAsync("status")).Expect(0);
        (await other.UpdatectlAsync("check")).Expect(0);
    }

    [Fact]
    public async Task Confirm_waits_for_the_lock_and_is_never_turned_away()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await using var holder = await HoldAsync(host.Lock);
        await using var confirm = host.StartUpdatectl("confirm");
        // A command that is turned away has come and gone in this time; confirm is still there.
        (await host.UpdatectlAsync("check")).Expect(75);
        (await host.UpdatectlAsync("check")).Expect(75);
        Assert.False(confirm.HasExited);

        await holder.DisposeAsync();

        Assert.Equal(0, (await confirm.EndAsync()).Code);
    }

    [Fact]
    public async Task Asking_for_the_status_never_turns_another_command_away()
    {
        var host = await Sandbox.JudgedAsync(kit);
        using var enough = new CancellationTokenSource();
        var asking = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => AskAsync()));
        try
        {
            for (var i = 0; i < 8; i++)
            {
                (await host.UpdatectlAsync("deny", "add", $"9.0.{i}")).Expect(0);
            }
        }
        finally
        {
            await enough.CancelAsync();
            await asking;
        }

        async Task AskAsync()
        {
            while (!enough.IsCancellationRequested)
            {
                (await host.UpdatectlAsync("status")).Expect(0);
            }
        }
    }

    /// <summary>util-linux's flock(1) holds the file until it is disposed of.</summary>
    private static async Task<RunningProgram> HoldAsync(string file)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var holder = RunningProgram.Start(
            Programs.Machine("flock"),
            [file, "/bin/sh", "-c", "echo held >&2; exec sleep 1000"]
        );
        await Wait.UntilAsync("flock holds the lock", () => holder.Error.Contains("held", StringComparison.Ordinal));
        return holder;
    }
}
