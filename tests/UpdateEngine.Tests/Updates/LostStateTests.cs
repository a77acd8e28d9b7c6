using UpdateEngine.Disks;
using UpdateEngine.Health;
using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

/// <summary>Promise P6: the disk is the state. What lies beside it may be lost or damaged at any step.</summary>
public sealed class LostStateTests
{
    [Fact]
    public async Task A_damaged_journal_keeps_neither_status_from_its_answer_nor_a_boot_from_its_verdict()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        host.WriteFile(host.Paths.Journal, "{ torn");

        Assert.Contains(host.Status.Findings, f => f.Contains(host.Paths.Journal, StringComparison.Ordinal));
        var verdict = await host.ConfirmAsync();
        Assert.Equal(Verdict.Good, verdict.Verdict);
        Assert.Contains(host.Paths.Journal, Assert.Single(verdict.Notes), StringComparison.Ordinal);
        Assert.Equal(new BootFlags(2, 0, true), host.Flags("B"));
        Assert.Equal("good", host.Status.Health);
    }

    [Fact]
    public async Task A_damaged_journal_does_not_keep_a_bad_slot_running()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        host.WriteFile(host.Paths.Journal, "{ torn");
        host.AddCheck("web", "exit 1");
        Assert.Equal(Verdict.RollBack, (await host.ConfirmAsync()).Verdict);
        Assert.Equal("A", host.Boot());
    }

    [Fact]
    public async Task A_lost_journal_refuses_to_activate_what_nobody_knows()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        File.Delete(host.Paths.Journal);
        await Errors.IsAsync(ErrorCodes.StepNotAllowed, () => host.ActivateAsync());
        Assert.Equal("unknown", host.Status.Slots[1].Content);
        await host.ConfirmAsync();
        await host.UpdateAsync();
        Assert.True(host.Status.Slots[1].Booted);
    }

    [Fact]
    public async Task A_damaged_deny_list_stops_every_choice_and_names_the_way_out()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.WriteFile(host.Paths.Denied, "{\"denied\": null}");
        var error = await Errors.IsAsync(ErrorCodes.StateCorrupt, () => host.PrepareAsync());
        Assert.Contains("delete it", error.NextStep, StringComparison.Ordinal);
        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Contains(host.Status.Findings, f => f.Contains(host.Paths.Denied, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_lost_state_directory_is_told_by_status()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        await host.ConfirmAsync();
        Directory.Delete(host.Paths.State, recursive: true);
        var status = host.Status;
        Assert.Contains(status.Findings, f => f.Contains("history and deny list were lost", StringComparison.Ordinal));
        Assert.Equal(("B", true), (status.Slots.Single(s => s.Booted).Name, status.Slots[1].Next));
        Assert.Equal("not judged yet", status.Health);
    }

    [Fact]
    public async Task A_cancel_request_stops_a_running_prepare_and_leaves_the_slot_unbootable()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        using var reached = new ManualResetEventSlim();
        var progress = new Gate(() =>
        {
            reached.Set();
            while (!File.Exists(host.Paths.CancelRequest)) { }

            host.Time.Advance(TimeSpan.FromSeconds(1));
        });
        var preparing = Task.Run(() => host.Updater.PrepareAsync(new(), progress, CancellationToken.None));
        Assert.True(reached.Wait(TimeSpan.FromSeconds(30)));
        Assert.Equal("prepare", host.Status.Operation);
        var cancelling = host.Updater.CancelAsync(CancellationToken.None);

        await Errors.IsAsync(ErrorCodes.Cancelled, () => preparing.WaitAsync(TimeSpan.FromSeconds(30)));
        var step = await host.Time.RunAsync(cancelling);
        Assert.Contains("stopped", step.Text, StringComparison.Ordinal);
        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Equal(new BootFlags(1, 0, true), host.Flags("A"));
        Assert.Equal(["prepare-failed"], host.Events);
        await host.PrepareAsync();
    }

    [Fact]
    public async Task A_cancel_that_came_too_late_says_what_the_prepare_left_and_stops_nobody_else()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        var prepare = OperationLock.Take(host.Paths, "prepare");
        var cancelling = host.Updater.CancelAsync(CancellationToken.None);
        prepare.Dispose();
        using var next = OperationLock.Take(host.Paths, "check");

        var step = await host.Time.RunAsync(cancelling);

        Assert.Equal(("B", "1.1.0"), (step.Slot, step.Version));
        Assert.Contains("holds 1.1.0 completely", step.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_prepare_that_was_cut_before_it_cleared_the_slot_forgets_neither_its_name_nor_its_trial()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        await host.ActivateAsync();
        host.Offer("1.2.0");
        // The commit that clears the slot is refused, because the table is another one by then: the state of a power cut before it.
        var time = new OnceTime(host.Time, () => host.SetFlags("A", new BootFlags(1, 1, true)));
        var updater = new Updater(Host.Open(host.Paths.Root, time), new SandboxReboot(host.Paths));
        await Errors.IsAsync(
            ErrorCodes.DiskTableChanged,
            () => updater.PrepareAsync(new(), null, CancellationToken.None)
        );
        Assert.Equal("B", host.Journal.Writing);
        Assert.Equal(new BootFlags(2, 3, false), host.Flags("B"));

        var status = host.Status;
        Assert.Equal(("1.1.0", null), (status.Slots[1].Version, status.Slots[1].Content));
        Assert.DoesNotContain(status.Findings, f => f.Contains("half-written", StringComparison.Ordinal));

        for (var boots = 0; boots < 3; boots++)
        {
            Assert.Equal("B", host.Boot());
        }

        Assert.Equal("A", host.Boot());
        await host.ConfirmAsync();
        Assert.Equal("1.1.0", Assert.Single(host.Denied).Version);
    }

    [Fact]
    public async Task A_prepare_that_came_to_no_end_is_not_held_against_the_release_that_was_activated_before()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        await host.ActivateAsync();
        host.Offer("1.2.0");
        File.Delete(host.Repository.TargetPath("demo-1.2.0-root.zst"));
        await Assert.ThrowsAnyAsync<Exception>(() => host.PrepareAsync());
        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Equal("half-written", host.Status.Slots[1].Content);
        Assert.Null(host.Status.Slots[1].Version);

        host.Boot();
        Assert.Empty((await host.ConfirmAsync()).Notes);
        Assert.Empty(host.Denied);
    }

    /// <summary>Another clock's time; does something the first time it is asked.</summary>
    private sealed class OnceTime(TimeProvider time, Action once) : TimeProvider
    {
        private int _asked;

        public override DateTimeOffset GetUtcNow()
        {
            if (Interlocked.Increment(ref _asked) == 1)
            {
                once();
            }

            return time.GetUtcNow();
        }
    }

    private sealed class Gate(Action once) : IProgress<UpdateEngine.Images.TransferStep>
    {
        private bool _passed;

        public void Report(UpdateEngine.Images.TransferStep value)
        {
            if (!_passed)
            {
                _passed = true;
                once();
            }
        }
    }
}
