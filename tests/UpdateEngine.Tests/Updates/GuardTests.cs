using UpdateEngine.Disks;
using UpdateEngine.Health;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

/// <summary>A slot that stays on trial after its good verdict (configuration: guard_tries).</summary>
public sealed class GuardTests
{
    [Fact]
    public async Task A_good_verdict_leaves_a_guarded_slot_its_tries_and_the_other_one_as_the_way_back()
    {
        using var host = await GuardedAsync();

        Assert.Equal(new BootFlags(2, 2, false), host.Flags("B"));
        Assert.Equal(new BootFlags(1, 0, true), host.Flags("A"));
        Assert.Equal("good", host.Status.Health);
    }

    [Fact]
    public async Task A_guarded_slot_that_never_becomes_stable_is_left_denied_and_remembered_once()
    {
        using var host = await GuardedAsync();
        for (var left = 1; left >= 0; left--)
        {
            Assert.Equal("B", host.Boot());
            Assert.Equal(Verdict.Good, (await host.ConfirmAsync()).Verdict);
            Assert.Equal(new BootFlags(2, left, false), host.Flags("B"));
        }

        Assert.Equal("A", host.Boot());
        var verdict = await host.ConfirmAsync();

        Assert.Contains("was good and used up its tries later", Assert.Single(verdict.Notes), StringComparison.Ordinal);
        Assert.Equal("1.1.0", Assert.Single(host.Denied).Version);
        Assert.Empty((await host.ConfirmAsync()).Notes);
        Assert.Equal(["prepared", "activated", "confirmed", "boot-failed"], host.Events);
    }

    [Fact]
    public async Task A_slot_that_has_been_stable_gets_its_tries_back()
    {
        using var host = await GuardedAsync();
        Assert.Equal("B", host.Boot());
        await host.ConfirmAsync();

        Assert.Contains("3 times", (await RearmAsync(host)).Text, StringComparison.Ordinal);

        Assert.Equal(new BootFlags(2, 3, false), host.Flags("B"));
    }

    [Fact]
    public async Task Without_a_verdict_of_this_boot_no_tries_are_given()
    {
        using var host = await GuardedAsync();
        Assert.Equal("B", host.Boot());

        await Errors.IsAsync(ErrorCodes.NoVerdict, () => RearmAsync(host));

        Assert.Equal(new BootFlags(2, 1, false), host.Flags("B"));
    }

    [Fact]
    public async Task A_slot_that_was_good_for_ever_is_guarded_with_all_its_tries()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        await host.UpdateAsync();
        await host.ConfirmAsync();
        Assert.Equal(new BootFlags(2, 0, true), host.Flags("B"));

        host.Configure(("guard_tries", 3));
        await host.ConfirmAsync();

        Assert.Equal(new BootFlags(2, 3, false), host.Flags("B"));
    }

    [Fact]
    public async Task A_guarded_slot_whose_gate_says_no_is_left()
    {
        using var host = await GuardedAsync();
        Assert.Equal("B", host.Boot());
        host.AddCheck("web", "exit 1");

        Assert.Equal(Verdict.RollBack, (await host.ConfirmAsync()).Verdict);

        Assert.Equal("A", host.Boot());
    }

    [Fact]
    public async Task Without_a_way_back_a_slot_is_marked_good()
    {
        using var host = await Sandbox.OfferingAsync("1.1.0");
        host.Configure(("guard_tries", 3));
        await host.ConfirmAsync();

        Assert.Equal(new BootFlags(1, 0, true), host.Flags("A"));
        Assert.Contains("is not guarded", (await RearmAsync(host)).Text, StringComparison.Ordinal);
    }

    /// <summary>1.1.0 runs from slot B and is guarded with three tries, of which this boot has cost one.</summary>
    private static async Task<Sandbox> GuardedAsync()
    {
        var host = await Sandbox.OfferingAsync("1.1.0");
        host.Configure(("guard_tries", 3));
        await host.UpdateAsync();
        Assert.Equal(Verdict.Good, (await host.ConfirmAsync()).Verdict);
        return host;
    }

    private static Task<Updater.StepResult> RearmAsync(Sandbox host) => host.Updater.RearmAsync(CancellationToken.None);
}
