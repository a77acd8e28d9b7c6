using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.PowerCuts;

/// <summary>One step of a host's life, as it was recorded, and how to take it again.</summary>
/// <param name="Disk">Before it.</param>
/// <param name="Files">Before it.</param>
/// <param name="Operations">What it did, in order.</param>
/// <param name="Scene">What the world around the host was like.</param>
internal sealed record LifeStep(
    string Name,
    byte[] Disk,
    Tree Files,
    IReadOnlyList<DiskOperation> Operations,
    Scene Scene
)
{
    /// <summary>The disk after it.</summary>
    public byte[] DiskAfter => RecordedDisk.ReplayFrom(Disk, Operations);

    /// <summary>The state directory after it.</summary>
    public Tree FilesAfter => Operations.OfType<FileOperation>().Aggregate(Files, (tree, change) => tree.After(change));
}

/// <param name="Action">The step itself.</param>
/// <param name="Repository">A directory with what was published then.</param>
/// <param name="At">What the clock showed.</param>
/// <param name="IsHealthy">Whether the health checks are content.</param>
/// <param name="Fails">It is meant to: the repository lacks a file, or the disk has lost something.</param>
/// <param name="Denies">A release that must be on the deny list as soon as the flags are those after the step.</param>
internal sealed record Scene(
    Func<Sandbox, Task> Action,
    string Repository,
    TimeSpan At,
    bool IsHealthy,
    bool Fails,
    string? Denies
);
