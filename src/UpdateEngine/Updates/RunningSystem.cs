using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Tuf.Client;

namespace UpdateEngine.Updates;

/// <summary>Variant and version of the running system, as its own os-release says (os-release(5): VARIANT_ID, VERSION_ID); null where it is silent.</summary>
public sealed record RunningSystem(string? Variant, SemanticVersion? Version)
{
    private static readonly string[] s_places = ["usr/lib/os-release", "etc/os-release"];
    private const int MaxBytes = 64 * 1024;

    /// <summary>
    /// On a machine the file itself; in a sandbox the file inside the root image of the running slot, read with debugfs. A file system that debugfs
    /// can't read leaves what the journal knows of the slot, and before the first update what the factory noted beside the disk.
    /// </summary>
    public static RunningSystem Read(Host host, HostDisk disk)
    {
        if (disk.RunningOrNull is not { } slot)
        {
            return new RunningSystem(null, null);
        }

        var text = host.Paths.IsSandbox
            ? s_places
                .Where(_ => HoldsExtFileSystem(disk, slot))
                .Select(place => FromImage(disk.Disk.Path, slot.Root.Offset, place))
                .FirstOrDefault(t => t.Length > 0)
            : s_places
                .Select(host.Paths.Of)
                .Where(File.Exists)
                .Select(p => Encoding.UTF8.GetString(DurableFile.ReadHead(p, MaxBytes)))
                .FirstOrDefault();
        var system = Parse(text ?? "");
        if (system.Version is not null || !host.Paths.IsSandbox)
        {
            return system;
        }

        var prepared = Prepared(host, slot);
        var note = prepared is null ? DiskNote.Find(host.DiskPath, slot.Name) : null;
        return new RunningSystem(
            system.Variant ?? prepared?.Variant ?? note?.Variant,
            SemanticVersion.TryParse(prepared?.Version ?? note?.Version, out var version) ? version : null
        );
    }

    /// <summary>A damaged journal only leaves the version unknown here; it must not keep a boot from its verdict, or status from its answer.</summary>
    private static PreparedRelease? Prepared(Host host, Slot slot)
    {
        try
        {
            return host.Journal.Load().Slots.GetValueOrDefault(slot.Name);
        }
        catch (UpdateException e) when (e.Code == ErrorCodes.StateCorrupt)
        {
            return null;
        }
    }

    internal static RunningSystem Parse(string osRelease)
    {
        string? Field(string name) =>
            osRelease
                .Split('\n')
                .Where(l => l.StartsWith(name + "=", StringComparison.Ordinal))
                .Select(l => l[(name.Length + 1)..].Trim().Trim('"', '\''))
                .LastOrDefault(v => v.Length > 0);

        return new RunningSystem(
            Field("VARIANT_ID"),
            SemanticVersion.TryParse(Field("VERSION_ID"), out var version) ? version : null
        );
    }

    /// <summary>By the magic number of its superblock; nothing else is worth a process.</summary>
    private static bool HoldsExtFileSystem(HostDisk disk, Slot slot)
    {
        const int MagicAt = 1024 + 56;
        const ushort Magic = 0xEF53;
        Span<byte> found = stackalloc byte[2];
        if (slot.Root.Length < MagicAt + found.Length)
        {
            return false;
        }

        disk.Disk.Read(slot.Root.Offset + MagicAt, found);
        return BinaryPrimitives.ReadUInt16LittleEndian(found) == Magic;
    }

    private static string FromImage(string disk, long offset, string place)
    {
        try
        {
            var info = new ProcessStartInfo("debugfs", ["-R", $"cat /{place}", $"{disk}?offset={offset}"])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            };
            // Debian keeps it where only root's PATH looks.
            info.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin";
            if (File.Exists("/usr/sbin/debugfs"))
            {
                info.FileName = "/usr/sbin/debugfs";
            }

            using var process = Process.Start(info)!;
            process.BeginErrorReadLine(); // Drained: complaints that nobody reads must not fill the pipe and block it.
            var buffer = new char[MaxBytes];
            var count = process.StandardOutput.ReadBlock(buffer);
            process.StandardOutput.Close(); // A longer file must not keep debugfs writing for ever.
            process.WaitForExit();
            return new string(buffer, 0, count);
        }
        catch (Win32Exception)
        {
            return ""; // e2fsprogs is not installed.
        }
    }
}
