namespace UpdateEngine.Disks;

/// <summary>Type GUIDs of formats.md section 1.</summary>
public static class PartitionTypes
{
    public static readonly Guid Boot = new("6b636168-7420-6568-2070-6c616e657421");
    public static readonly Guid Root = new("5526016a-1a97-4ea4-b39a-b7c8c6ca4502");
    public static readonly Guid Hash = new("598f10af-c955-4456-6a99-7720068a6cea");
    public static readonly Guid Private = new("440408bb-eb0b-4328-a6e5-a29038fad706");
    public static readonly Guid Data = new("626f7474-6c65-6474-6861-726d61726b73");
    public static readonly Guid EfiSystem = new("c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
}

/// <summary>What a partition is for; the names are those of the manifest's images.</summary>
public static class Roles
{
    public const string Boot = "boot";
    public const string Root = "root";
    public const string Hash = "hash";
    public const string Private = "private";
    public const string Data = "data";
}

/// <summary>Labels (PARTLABEL) of one slot's partitions, for disks whose types do not tell them apart.</summary>
/// <param name="Hash">Null: this slot has no hash partition.</param>
public sealed record SlotLabels(string Boot, string Root, string? Hash = null);

/// <summary>How the partitions of the slots are recognised: by type, the n-th of a role being slot n, or by label where labels are given.</summary>
public sealed record SlotLayout
{
    public static readonly SlotLayout Default = new();

    public Guid BootType { get; init; } = PartitionTypes.Boot;
    public Guid RootType { get; init; } = PartitionTypes.Root;
    public Guid HashType { get; init; } = PartitionTypes.Hash;
    public Guid PrivateType { get; init; } = PartitionTypes.Private;
    public Guid DataType { get; init; } = PartitionTypes.Data;

    /// <summary>Labels of slot A and of slot B; both or neither.</summary>
    public (SlotLabels A, SlotLabels B)? Labels { get; init; }

    public string? PrivateLabel { get; init; }
    public string? DataLabel { get; init; }
}
