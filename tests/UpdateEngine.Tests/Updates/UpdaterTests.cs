using UpdateEngine.Disks;
using UpdateEngine.Health;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

/// <summary>The way of a release through a host, and the ways back.</summary>
public sealed class UpdaterTests
{
    [Fact]
    public async Task A_release_goes_from_check_to_a_good_boot()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");

        var check = await host.CheckAsync();
        Assert.Equal("1.1.0", check.Decision.Chosen?.Version.ToString());
        Assert.Equal(UpdateState.Available, host.Status.State);

        await host.PrepareAsync();
        Assert.Equal(new BootFlags(0, 3, false), host.Flags("B"));
        Assert.Equal(new BootFlags(1, 0, true), host.Flags("A"));
        Assert.Equal(Sandbox.RootImage("1.1.0"), host.Content("B", "root", Sandbox.RootImage("1.1.0").Length));
        Assert.Equal(Sandbox.BootImage("1.1.0"), host.Content("B", "boot", Sandbox.BootImage("1.1.0").Length));
        Assert.Equal(UpdateState.Staged, host.Status.State);

        await host.ActivateAsync();
        Assert.Equal(new BootFlags(2, 3, false), host.Flags("B"));
        Assert.Equal(UpdateState.Ready, host.Status.State);

        Assert.Equal("B", host.Boot());
        Assert.Equal(new BootFlags(2, 2, false), host.Flags("B"));
        var verdict = await host.ConfirmAsync();
        Assert.Equal((Verdict.Good, "B", "1.1.0"), (verdict.Verdict, verdict.Slot, verdict.Version));
        Assert.Equal(new BootFlags(2, 0, true), host.Flags("B"));
        Assert.Equal(["prepared", "activated", "confirmed"], host.Events);
        Assert.Equal(UpdateState.Idle, host.Status.State);
    }

    [Theory]
    [InlineData("primary", 512)]
    [InlineData("backup", -512)]
    public async Task A_good_boot_repairs_a_copy_of_the_table_that_an_interrupted_write_damaged(string copy, int at)
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.ConfirmAsync();
        var whole = host.Disk;
        host.CorruptDisk(at < 0 ? whole.Length + at : at);

        var verdict = await host.ConfirmAsync();

        var note = Assert.Single(verdict.Notes);
        Assert.Contains($"the {copy} GPT header", note, StringComparison.Ordinal);
        Assert.EndsWith("the next write repairs it, which is done now", note, StringComparison.Ordinal);
        Assert.Equal(whole, host.Disk);
        Assert.Empty((await host.ConfirmAsync()).Notes);
    }

    [Fact]
    public async Task The_running_slot_keeps_every_byte_while_the_other_is_written()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        var before = host.Content("A", "root", (int)(3 * Sandbox.MiB));
        await host.UpdateAsync();
        Assert.Equal(before, host.Content("A", "root", (int)(3 * Sandbox.MiB)));
    }

    [Fact]
    public async Task A_release_that_fails_its_check_is_left_denied_and_not_offered_again()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.AddCheck("10-web", "[ $UPDATE_ENGINE_SLOT = A ] || { echo no web; exit 3; }");
        await host.UpdateAsync();

        var verdict = await host.ConfirmAsync();

        Assert.Equal(Verdict.RollBack, verdict.Verdict);
        Assert.True(host.IsOff);
        Assert.Equal(BootFlags.Cleared, host.Flags("B"));
        Assert.Equal("A", host.Boot());
        var denied = Assert.Single(host.Denied);
        Assert.Equal(("1.1.0", (DateTimeOffset?)null), (denied.Version, denied.Until));
        Assert.Equal("health check 10-web ended with exit code 3 (\"no web\")", denied.Reason);
        Assert.Equal(Verdict.Good, (await host.ConfirmAsync()).Verdict);
        Assert.Equal(RefusalReason.Denied, (await host.CheckAsync()).Decision.Refusal?.Reason);
        await Errors.IsAsync(ErrorCodes.NothingToDo, () => host.PrepareAsync());
    }

    [Fact]
    public async Task A_failure_of_the_environment_denies_only_until_the_back_off_has_passed()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.AddCheck("dns", "# class: environment\n[ $UPDATE_ENGINE_SLOT = A ]");
        await host.UpdateAsync();
        await host.ConfirmAsync();
        host.Boot();
        await host.ConfirmAsync();

        Assert.Equal(host.Time.GetUtcNow() + TimeSpan.FromHours(24), Assert.Single(host.Denied).Until);
        Assert.Null((await host.CheckAsync()).Decision.Chosen);
        host.Time.Advance(TimeSpan.FromHours(24));
        Assert.NotNull((await host.CheckAsync()).Decision.Chosen);
    }

    [Fact]
    public async Task A_release_is_denied_by_the_name_it_was_offered_under()
    {
        // Its os-release may say something else, or nothing that can be read.
        using var host = await Sandbox.OfferingAsync("1.1.0+build.7");
        await host.UpdateAsync();
        host.AddCheck("web", "exit 1");
        await host.ConfirmAsync();
        Assert.Equal("1.1.0+build.7", Assert.Single(host.Denied).Version);
    }

    [Fact]
    public async Task A_failing_check_on_a_slot_that_was_good_changes_no_flag_and_reboots_nothing()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        var (a, b) = (host.Flags("A"), host.Flags("B"));
        host.AddCheck("web", "exit 1");
        host.Boot();
        var verdict = await host.ConfirmAsync();
        Assert.Equal(Verdict.Degraded, verdict.Verdict);
        Assert.False(host.IsOff);
        Assert.Equal((a, b), (host.Flags("A"), host.Flags("B")));
        Assert.Equal("degraded", host.Status.Health);
        await Errors.IsAsync(ErrorCodes.NoVerdict, () => host.PrepareAsync());
    }

    [Fact]
    public async Task A_trial_that_used_up_its_tries_is_recorded_by_the_next_confirm()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        Assert.Equal("B", host.Boot());
        Assert.Equal("B", host.Boot());
        Assert.Equal("A", host.Boot());

        var verdict = await host.ConfirmAsync();

        Assert.Equal(Verdict.Good, verdict.Verdict);
        Assert.Contains("used up its tries", Assert.Single(verdict.Notes), StringComparison.Ordinal);
        Assert.Equal("1.1.0", Assert.Single(host.Denied).Version);
        Assert.Empty((await host.ConfirmAsync()).Notes);
    }

    [Fact]
    public async Task Cancelling_an_activation_whose_tries_are_used_up_still_denies_the_release()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        Assert.Equal("B", host.Boot());
        Assert.Equal("B", host.Boot());
        Assert.Equal("A", host.Boot());

        await host.Updater.CancelAsync(CancellationToken.None);

        Assert.Equal("1.1.0", Assert.Single(host.Denied).Version);
        Assert.Equal(["prepared", "activated", "boot-failed", "activation-cancelled"], host.Events);
    }

    [Fact]
    public async Task The_last_try_of_a_trial_is_no_reason_to_reboot()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Configure(("trial_tries", 1));
        await host.UpdateAsync();
        Assert.Equal(new BootFlags(2, 0, false), host.Flags("B"));
        Assert.NotEqual(UpdateState.Ready, host.Status.State);
        Assert.True(host.Status.Slots[0].Next);
    }

    [Fact]
    public async Task A_confirm_between_activation_and_reboot_does_not_forget_what_was_meant_to_boot()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        await host.ActivateAsync();
        await host.ConfirmAsync();
        for (var boots = 0; boots < 3; boots++)
        {
            Assert.Equal("B", host.Boot());
        }

        Assert.Equal("A", host.Boot());
        await host.ConfirmAsync();
        Assert.Equal("1.1.0", Assert.Single(host.Denied).Version);
    }

    [Fact]
    public async Task A_cancelled_activation_boots_the_running_slot_and_keeps_what_was_prepared()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.PrepareAsync();
        await host.ActivateAsync();
        await host.Updater.CancelAsync(CancellationToken.None);
        Assert.Equal((0, 3), (host.Flags("B").Priority, host.Flags("B").Tries));
        Assert.Null(host.Journal.Intent);
        Assert.Equal("A", host.Boot());
        await host.ActivateAsync();
        Assert.Equal("B", host.Boot());
    }

    [Fact]
    public async Task Rolling_back_denies_the_running_version_and_boots_the_other_slot()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        await host.ConfirmAsync();
        var step = await host.Updater.RollBackAsync("customers complain", CancellationToken.None);
        Assert.Equal(("A", "1.0.0"), (step.Slot, step.Version));
        Assert.Equal("A", host.Boot());
        Assert.Equal(("1.1.0", "customers complain", "operator"), Parts(Assert.Single(host.Denied)));
        await host.ConfirmAsync();
        Assert.Equal(RefusalReason.Denied, (await host.CheckAsync()).Decision.Refusal?.Reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_was_left_once_is_not_taken_under_another_version(bool hasRaw)
    {
        Func<Release, Release>? edit = hasRaw ? null : r => r with { Raw = null };
        using var host = await Sandbox.OfferingAsync("1.1.0", edit);
        host.AddCheck("10-web", "[ $UPDATE_ENGINE_SLOT = A ]");
        await host.UpdateAsync();
        await host.ConfirmAsync();
        host.Boot();
        await host.ConfirmAsync();
        host.Repository.Add("1.1.1", Sandbox.BootImage("1.1.0"), Sandbox.RootImage("1.1.0"), edit);

        if (hasRaw)
        {
            Assert.Equal(RefusalReason.Denied, (await host.CheckAsync()).Decision.Refusal?.Reason);
        }
        else
        {
            await host.PrepareAsync();
            var refused = await Errors.IsAsync(ErrorCodes.ReleaseDenied, () => host.ActivateAsync());
            Assert.StartsWith(
                "1.1.1 is on this host's deny list: its images are those of 1.1.0: health check 10-web",
                refused.Message,
                StringComparison.Ordinal
            );
        }

        host.Updater.Allow(SemanticVersion.Parse("1.1.0"));
        Assert.NotNull((await host.CheckAsync()).Decision.Chosen);
    }

    [Fact]
    public async Task Rolling_back_to_an_empty_slot_is_refused_and_denies_nothing()
    {
        using var host = new Sandbox();
        await Errors.IsAsync(ErrorCodes.StepNotAllowed, () => host.Updater.RollBackAsync(null, CancellationToken.None));
        Assert.Empty(host.Denied);
    }

    [Fact]
    public async Task An_allowed_release_is_offered_again()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Updater.Deny(SemanticVersion.Parse("v1.1.0"), null);
        Assert.Null((await host.CheckAsync()).Decision.Chosen);
        host.Updater.Allow(SemanticVersion.Parse("1.1.0"));
        Assert.NotNull((await host.CheckAsync()).Decision.Chosen);
        Errors.Is(ErrorCodes.VersionNotFound, () => host.Updater.Allow(SemanticVersion.Parse("1.1.0")));
    }

    private static (string, string, string) Parts(DeniedRelease d) => (d.Version, d.Reason, d.By);

    [Fact]
    public async Task A_clock_that_stepped_back_does_not_take_the_floor_under_it_along()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.CheckAsync();
        var floor = host.Host.LastCheck.Load()!.ClockFloor;
        host.Time.Advance(TimeSpan.FromDays(-2));
        await host.CheckAsync();
        Assert.Equal(floor, host.Host.LastCheck.Load()!.ClockFloor);
    }

    [Fact]
    public async Task A_good_boot_of_a_slot_that_is_good_already_writes_no_table()
    {
        using var host = new Sandbox();
        await host.ConfirmAsync();
        var before = host.Disk;
        host.Boot();
        await host.ConfirmAsync();
        Assert.Equal(before, host.Disk);
    }
}
