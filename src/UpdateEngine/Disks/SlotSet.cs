namespace UpdateEngine.Disks;

/// <summary>The two slots of a disk and what lies beside them.</summary>
public sealed class SlotSet
{
    private SlotSet(Slot a, Slot b, GptPartition privatePartition, GptPartition? data)
    {
        A = a;
        B = b;
        Private = privatePartition;
        Data = data;
    }

    public Slot A { get; }

    public Slot B { get; }

    /// <summary>Engine state and migrated data; shared by both slots.</summary>
    public GptPartition Private { get; }

    public GptPartition? Data { get; }

    /// <summary>Finds the slots by type or label.</summary>
    /// <param name="diskPath">For messages.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.DiskNoSlots"/>, which names the role that is missing or there too often.</exception>
    public static SlotSet Find(GuidPartitionTable table, SlotLayout layout, string diskPath)
    {
        var finder = new PartitionFinder(table.Partitions, diskPath);
        var (a, b) = layout.Labels is { } labels
            ? (finder.SlotByLabel("A", labels.A), finder.SlotByLabel("B", labels.B))
            : finder.SlotsByType(layout);
        var data = layout.DataLabel is { } label
            ? finder.ByLabel(Roles.Data, label)
            : finder.OfType(layout.DataType).FirstOrDefault();
        var slots = new SlotSet(a, b, finder.Private(layout), data);
        finder.RefuseDoubles([.. a.Partitions, .. b.Partitions, slots.Private]);
        return slots;
    }

    /// <summary>The slot that is not this one.</summary>
    public Slot Other(Slot slot) => slot.Name == A.Name ? B : A;

    /// <summary>The slot of a boot partition, by its PARTUUID; null when it is of neither, or of both (a copied disk: then nobody can tell).</summary>
    public Slot? ByBootPartition(Guid partuuid) =>
        (A.Boot.Id == partuuid, B.Boot.Id == partuuid) switch
        {
            (true, false) => A,
            (false, true) => B,
            _ => null,
        };
}

/// <summary>Finds partitions of a role; every miss names the role.</summary>
internal sealed class PartitionFinder(IReadOnlyList<GptPartition> partitions, string diskPath)
{
    public List<GptPartition> OfType(Guid type) => [.. partitions.Where(p => p.Type == type)];

    public (Slot A, Slot B) SlotsByType(SlotLayout layout)
    {
        var (bootA, bootB) = Pair(Roles.Boot, layout.BootType);
        var (rootA, rootB) = Pair(Roles.Root, layout.RootType);
        var hasHash = OfType(layout.HashType).Count > 0;
        var (hashA, hashB) = hasHash ? Pair(Roles.Hash, layout.HashType) : (null, null);
        return (new Slot("A", bootA, rootA, hashA), new Slot("B", bootB, rootB, hashB));
    }

    public Slot SlotByLabel(string name, SlotLabels labels) =>
        new(
            name,
            ByLabel(Roles.Boot, labels.Boot),
            ByLabel(Roles.Root, labels.Root),
            labels.Hash is { } hash ? ByLabel(Roles.Hash, hash) : null
        );

    public GptPartition Private(SlotLayout layout)
    {
        if (layout.PrivateLabel is { } label)
        {
            return ByLabel(Roles.Private, label);
        }

        var found = OfType(layout.PrivateType);
        return found.Count == 1
            ? found[0]
            : throw Missing(Roles.Private, $"{found.Count} of type {layout.PrivateType}, needs 1");
    }

    public GptPartition ByLabel(string role, string label)
    {
        var found = partitions.Where(p => p.Label == label).ToList();
        return found.Count == 1 ? found[0] : throw Missing(role, $"{found.Count} labelled \"{label}\", needs 1");
    }

    public void RefuseDoubles(IReadOnlyList<GptPartition> used)
    {
        if (used.GroupBy(p => p.Index).FirstOrDefault(g => g.Count() > 1) is { } twice)
        {
            throw Missing("slot", $"partition {twice.Key} stands for two roles");
        }
    }

    // A third boot partition would be chosen by a boot loader and never by us: two, or the disk is not ours.
    private (GptPartition A, GptPartition B) Pair(string role, Guid type)
    {
        var found = OfType(type);
        return found.Count == 2 ? (found[0], found[1]) : throw Missing(role, $"{found.Count} of type {type}, needs 2");
    }

    private UpdateException Missing(string role, string reason) =>
        new(
            ErrorCodes.DiskNoSlots,
            $"{diskPath} has no pair of slots: {role} partitions: {reason}.",
            "Check the disk and the types or labels in the configuration."
        );
}
