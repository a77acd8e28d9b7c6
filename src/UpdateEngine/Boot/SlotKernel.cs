using System.Text;
using UpdateEngine.Disks;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Boot;

/// <summary>
/// What a boot selector loads from a slot's boot partition: files <c>vmlinuz</c>, <c>initramfs</c> and <c>cmdline</c> in its top directory
/// (docs/formats/boot-partition.md).
/// </summary>
/// <param name="Kernel">Path of the kernel.</param>
/// <param name="Initramfs">Path of the initramfs; null: the slot has none.</param>
/// <param name="CommandLine">For the kernel: the slot's own, then which partitions it boots from.</param>
public sealed record SlotKernel(string Kernel, string? Initramfs, string CommandLine)
{
    public const string RootParameter = "update_engine.root";
    public const string HashParameter = "update_engine.hash";

    /// <summary>Bytes of a command line with its end: COMMAND_LINE_SIZE of x86 and arm64, asm/setup.h. The kernel would cut off a longer one.</summary>
    public const int MaxCommandLine = 2048;

    /// <param name="directory">The mounted boot partition.</param>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.SlotNotLoadable"/>: a file is missing, or the command line is none.</exception>
    public static SlotKernel Read(string directory, Slot slot)
    {
        var kernel = Path.Combine(directory, "vmlinuz");
        if (!File.Exists(kernel))
        {
            throw NotLoadable(slot, "its boot partition has no file vmlinuz");
        }

        var initramfs = Path.Combine(directory, "initramfs");
        return new SlotKernel(
            kernel,
            File.Exists(initramfs) ? initramfs : null,
            Complete(ReadCommandLine(directory, slot), slot)
        );
    }

    public static UpdateException NotLoadable(Slot slot, string why) =>
        new(
            ErrorCodes.SlotNotLoadable,
            $"Slot {slot.Name} can't be loaded: {why}.",
            "The other slot is tried; prepare this one again."
        );

    /// <summary>The parameters come last: the last one of a name counts.</summary>
    internal static string Complete(string commandLine, Slot slot)
    {
        var text = commandLine.Trim();
        if (text.Any(c => c is < ' ' or > '~'))
        {
            throw NotLoadable(slot, "its command line is not one line of plain ASCII");
        }

        // An odd quote would swallow what is appended.
        if (text.Count(c => c == '"') % 2 != 0)
        {
            throw NotLoadable(slot, "its command line has a quote without end");
        }

        // What follows "--" is for init, not for the kernel.
        if (text.Split(' ').Contains("--"))
        {
            throw NotLoadable(slot, "its command line holds \"--\", behind which no parameter can be appended");
        }

        var hash = slot.Hash is { } tree ? $" {HashParameter}={tree.Id:D}" : "";
        var whole = $"{text} {BootedSlot.Format(slot)} {RootParameter}={slot.Root.Id:D}{hash}".TrimStart();
        return whole.Length < MaxCommandLine
            ? whole
            : throw NotLoadable(
                slot,
                $"its command line has {whole.Length} characters, more than {MaxCommandLine - 1}"
            );
    }

    private static string ReadCommandLine(string directory, Slot slot)
    {
        try
        {
            return Encoding.Latin1.GetString(
                DurableFile.ReadHead(Path.Combine(directory, "cmdline"), MaxCommandLine + 1)
            );
        }
        catch (FileNotFoundException)
        {
            throw NotLoadable(slot, "its boot partition has no file cmdline");
        }
    }
}
