namespace UpdateEngine.Disks;

/// <summary>
/// What a boot partition's GPT attributes say about its slot (ChromeOS's convention; `cgpt` shows the same):
/// bits 48-51 priority, 52-55 tries left, 56 successful. All other bits belong to others and are left alone.
/// </summary>
/// <param name="Priority">0..15; 0 never boots, the highest boots first.</param>
/// <param name="Tries">0..15 boots left before a slot without a success is given up.</param>
/// <param name="Successful">A boot of this slot has been judged good.</param>
public readonly record struct BootFlags(int Priority, int Tries, bool Successful)
{
    public const int MaxPriority = 15;
    public const int MaxTries = 15;

    private const int PriorityShift = 48;
    private const int TriesShift = 52;
    private const int SuccessfulShift = 56;
    private const ulong Mask = 0x1FFUL << PriorityShift;

    /// <summary>Of a slot that cannot boot: its content is unknown or half-written.</summary>
    public static readonly BootFlags Cleared;

    /// <summary>Selection could choose a slot with these flags.</summary>
    public bool Selectable => Priority > 0 && (Tries > 0 || Successful);

    public static BootFlags FromAttributes(ulong attributes) =>
        new(
            (int)(attributes >> PriorityShift & 0xF),
            (int)(attributes >> TriesShift & 0xF),
            (attributes >> SuccessfulShift & 1) != 0
        );

    /// <summary>The attributes with these flags in them, every other bit as it was.</summary>
    /// <exception cref="InvalidOperationException">Priority or tries do not fit their four bits.</exception>
    public ulong ApplyTo(ulong attributes)
    {
        if (Priority is < 0 or > MaxPriority || Tries is < 0 or > MaxTries)
        {
            throw new InvalidOperationException($"No such flags: {this}.");
        }

        var bits = (ulong)Priority << PriorityShift | (ulong)Tries << TriesShift;
        return (attributes & ~Mask) | bits | (Successful ? 1UL << SuccessfulShift : 0);
    }

    public override string ToString() => $"priority {Priority}, tries {Tries}, successful {(Successful ? 1 : 0)}";
}
