namespace UpdateEngine.Disks;

/// <summary>What a GPT may be at most (P7): a table beyond this is refused before anything of its size is read or allocated.</summary>
public static class GptLimits
{
    /// <summary>Entries in a table; 128 is usual.</summary>
    public const int MaxEntryCount = 4096;

    /// <summary>Bytes of an entry; always a multiple of <see cref="MinEntrySize"/>, nearly always equal to it.</summary>
    public const int MaxEntrySize = 4096;

    public const int MinEntrySize = 128;

    /// <summary>Bytes of one copy of all entries.</summary>
    public const int MaxTableBytes = 1 << 20;

    /// <summary>Bytes of a header without its reserved rest (UEFI 2.10, table 5.5).</summary>
    public const int MinHeaderSize = 92;
}
