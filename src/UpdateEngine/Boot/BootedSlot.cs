using UpdateEngine.Disks;

namespace UpdateEngine.Boot;

/// <summary>
/// What the boot selector said about its choice: `update_engine.boot=&lt;PARTUUID of the boot partition&gt;` on the kernel's
/// command line, or in run/update-engine/booted under `--root`.
/// </summary>
public static class BootedSlot
{
    public const string Parameter = "update_engine.boot";

    /// <summary>The line for a slot, as the selector writes it.</summary>
    public static string Format(Slot slot) => $"{Parameter}={slot.Boot.Id:D}";

    /// <summary>The PARTUUID in a command line; null when there is none or it is no GUID. The last one counts: the selector appends.</summary>
    public static Guid? Parse(string commandLine)
    {
        var value = Words(commandLine).LastOrDefault(w => w.StartsWith(Parameter + "=", StringComparison.Ordinal));
        return Guid.TryParseExact(value?[(Parameter.Length + 1)..], "D", out var id) ? id : null;
    }

    /// <summary>
    /// The slot that runs: the one that was booted by the parameter *and* whose root is mounted. Every write is refused unless
    /// both say the same.
    /// </summary>
    /// <param name="booted">From <see cref="Parse"/>.</param>
    /// <param name="mountedRoot">PARTUUID of the partition under the mounted root (through dm-verity).</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.RunningSlotUnknown"/>, which says what is missing or contradicts.</exception>
    public static Slot Resolve(SlotSet slots, Guid? booted, Guid? mountedRoot)
    {
        if (booted is not { } boot)
        {
            throw Unknown($"the kernel command line has no {Parameter}", "Boot through boot-selector.");
        }

        if (slots.ByBootPartition(boot) is not { } slot)
        {
            throw Unknown(
                $"{Parameter}={boot} is the boot partition of no slot, or of both",
                "Check the configured disk."
            );
        }

        if (mountedRoot is not { } root)
        {
            throw Unknown(
                "the partition under the mounted root could not be found",
                "Run on the host itself, or with --root."
            );
        }

        return root == slot.Root.Id && slots.Other(slot).Root.Id != root
            ? slot
            : throw Unknown(
                $"{Parameter} names slot {slot.Name}, but the mounted root is partition {root}",
                "Reboot; if it stays so, the initramfs mounts the wrong root."
            );
    }

    private static UpdateException Unknown(string reason, string nextStep) =>
        new(ErrorCodes.RunningSlotUnknown, $"It is not certain which slot runs: {reason}.", nextStep);

    // As the kernel splits: at white space outside of double quotes.
    private static IEnumerable<string> Words(string commandLine)
    {
        var quoted = false;
        var start = 0;
        for (var i = 0; i <= commandLine.Length; i++)
        {
            var atEnd = i == commandLine.Length;
            quoted ^= !atEnd && commandLine[i] == '"';
            if (atEnd || (!quoted && char.IsWhiteSpace(commandLine[i])))
            {
                yield return commandLine[start..i];
                start = i + 1;
            }
        }
    }
}
