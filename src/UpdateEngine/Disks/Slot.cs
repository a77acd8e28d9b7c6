namespace UpdateEngine.Disks;

/// <summary>Partitions that boot together. Their attributes are those of the moment of finding; the table has the current ones.</summary>
/// <param name="Name">"A" or "B".</param>
/// <param name="Boot">Kernel, initramfs and command line; carries the <see cref="BootFlags"/>.</param>
/// <param name="Root">Read-only operating system.</param>
/// <param name="Hash">dm-verity tree of root, if the disk has one.</param>
public sealed record Slot(string Name, GptPartition Boot, GptPartition Root, GptPartition? Hash)
{
    public IEnumerable<GptPartition> Partitions => Hash is null ? [Boot, Root] : [Boot, Root, Hash];

    /// <summary>The partition of a role ("boot", "root", "hash"); null when this slot has none.</summary>
    public GptPartition? Partition(string role) =>
        role switch
        {
            Roles.Boot => Boot,
            Roles.Root => Root,
            Roles.Hash => Hash,
            _ => null,
        };
}
