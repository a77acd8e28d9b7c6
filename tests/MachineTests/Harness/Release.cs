namespace MachineTests.Harness;

/// <summary>A release of the demo system, and what is wrong with it.</summary>
/// <param name="Version">It is asked for by this name.</param>
/// <param name="BeforeGate">Shell lines that its init runs before the gate.</param>
/// <param name="AfterGate">And after it.</param>
/// <param name="Checks">Required health checks: name to shell lines.</param>
internal sealed record Release(
    string Version,
    string BeforeGate = "",
    string AfterGate = "",
    IReadOnlyDictionary<string, string>? Checks = null
)
{
    /// <summary>guard_tries of its configuration.</summary>
    public int? GuardTries { get; init; }

    /// <summary>Boot partition without a kernel.</summary>
    public bool HasEmptyBoot { get; init; }

    /// <summary>Its command line has no root hash, so that its root is mounted as it is.</summary>
    public bool HasNoVerity { get; init; }

    /// <summary>One byte of the root file system is another one than when its verity tree was made.</summary>
    public bool HasFlippedBlock { get; init; }

    /// <summary>Seconds until the watchdog resets a boot without a verdict.</summary>
    public int Watchdog { get; init; } = 120;
}
