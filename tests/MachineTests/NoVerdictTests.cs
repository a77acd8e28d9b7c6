namespace MachineTests;

/// <summary>Releases that never come to their gate: the tries are used up, and the host comes back.</summary>
public sealed class NoVerdictTests(Workshop workshop)
{
    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public Task A_kernel_panic_comes_back() =>
        LostTrial.ComesBackAsync(
            workshop,
            new Release("1.6.0", BeforeGate: "echo c >/proc/sysrq-trigger"),
            "Kernel panic"
        );

    [Fact(Skip = MachineSet.Reason, SkipUnless = nameof(MachineSet.IsWhole), SkipType = typeof(MachineSet))]
    public Task A_hang_before_the_gate_is_ended_by_the_watchdog() =>
        LostTrial.ComesBackAsync(
            workshop,
            new Release("1.7.0", BeforeGate: "sleep 100000") { Watchdog = 15 },
            "softdog: Initiating system reboot"
        );
}
