namespace MachineTests.Harness;

/// <summary>A machine that was put to sleep. Any number of machines can go on from there, each with a copy of the disk.</summary>
/// <param name="Sleep">A file: its memory and devices.</param>
/// <param name="Disk">As it was then.</param>
internal sealed record Moment(string Sleep, string Disk);
