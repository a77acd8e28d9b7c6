using System.Text;
using System.Text.Json;
using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Releases;
using UpdateEngine.State;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Hosts;

/// <summary>
/// A host in a directory, with a disk of two slots in a file and a repository beside it; booted from slot A, which runs 1.0.0 and is judged
/// good. Everything the engine does to it is real; only the clock is not.
/// </summary>
internal sealed class Sandbox : IDisposable
{
    public const string Variant = "demo";
    public const string Arch = "x86_64";
    public const long MiB = 1 << 20;

    private readonly TemporaryDirectory _directory = new();
    private int _boots;

    public Sandbox()
    {
        Repository = new TestRepository(_directory, Time.GetUtcNow());
        Paths = new HostPaths(_directory["host"]);
        WriteFile(Paths.TrustAnchor, Repository.TrustAnchor);
        WriteFile(Paths.MachineId, "0123456789abcdef0123456789abcdef\n");
        Configure();
        MakeDisk();
        var release = new PreparedRelease(Variant, Arch, "1.0.0", Time.GetUtcNow(), []);
        new Journal(Paths.Journal).Save(new JournalDocument { Slots = new() { ["A"] = release } });
        Boot();
    }

    public ManualTime Time { get; } = new();

    public TestRepository Repository { get; }

    public HostPaths Paths { get; }

    public string DiskPath => Paths.Of("disk.img");

    /// <summary>What stands between the engine and the disk.</summary>
    public Func<IBlockDevice, IBlockDevice> Medium { get; set; } = disk => disk;

    public Host Host
    {
        get
        {
            var host = Host.Open(Paths.Root, Time);
            host.Medium = Medium;
            return host;
        }
    }

    public Updater Updater => new(Host, new SandboxReboot(Paths));

    public StatusReport Status => StatusReader.Read(Host);

    public JournalDocument Journal => new Journal(Paths.Journal).Load();

    public IReadOnlyList<DeniedRelease> Denied => new DenyList(Paths.Denied).Load();

    public IEnumerable<string> Events => new History(Paths.History).Load().Select(e => e.Event);

    public bool IsOff => !File.Exists(Paths.Booted);

    public byte[] Disk
    {
        get
        {
            using var disk = BlockDevice.Open(DiskPath, DiskAccess.Read);
            var bytes = new byte[disk.Length];
            disk.Read(0, bytes);
            return bytes;
        }
    }

    /// <summary>A host that is judged good, and a repository that offers this version.</summary>
    public static async Task<Sandbox> OfferingAsync(string version, Func<Release, Release>? edit = null)
    {
        var sandbox = new Sandbox();
        await sandbox.ConfirmAsync();
        sandbox.Offer(version, edit);
        return sandbox;
    }

    public void Offer(string version, Func<Release, Release>? edit = null) =>
        Repository.Add(version, BootImage(version), RootImage(version), edit);

    public static byte[] BootImage(string version) => Image(version, 300_000);

    /// <summary>A few chunks of the pipeline, and not a whole number of sectors.</summary>
    public static byte[] RootImage(string version) => Image(version, 2_500_001);

    public void Configure(params (string Name, object Value)[] more)
    {
        var config = new Dictionary<string, object>
        {
            ["repository"] = new { metadata_url = Repository.MetadataUrl, targets_url = Repository.TargetsUrl },
            ["disk"] = "/disk.img",
            ["variant"] = Variant,
            ["arch"] = Arch,
        };
        foreach (var (name, value) in more)
        {
            config[name] = value;
        }

        WriteFile(Paths.Config, JsonSerializer.Serialize(config));
    }

    /// <summary>Power on: what the boot selector does.</summary>
    /// <returns>The slot that runs now.</returns>
    public string Boot()
    {
        using var disk = BlockDevice.Open(DiskPath, DiskAccess.ReadWrite);
        var choice = BootSelection.SelectAndSpend(disk, SlotLayout.Default);
        BootRecord.Write(Paths, choice.Slot, new Guid(++_boots, 0, 0, new byte[8]));
        return choice.Slot.Name;
    }

    public Task<Updater.ConfirmResult> ConfirmAsync() => Updater.ConfirmAsync(null, CancellationToken.None);

    public Task<Updater.StepResult> PrepareAsync(ChoiceOptions? options = null) =>
        Updater.PrepareAsync(options ?? new(), null, CancellationToken.None);

    public Task<Updater.StepResult> ActivateAsync(bool force = false) =>
        Updater.ActivateAsync(force, null, CancellationToken.None);

    public async Task<Updater.CheckResult> CheckAsync() =>
        await Updater.CheckAsync(new ChoiceOptions(), CancellationToken.None);

    /// <summary>Prepared, activated, and booted into the other slot.</summary>
    public async Task UpdateAsync()
    {
        await PrepareAsync();
        await ActivateAsync();
        Boot();
    }

    public BootFlags Flags(string slot)
    {
        using var disk = BlockDevice.Open(DiskPath, DiskAccess.Read);
        var table = GuidPartitionTable.Read(disk);
        var slots = SlotSet.Find(table, SlotLayout.Default, DiskPath);
        return BootFlags.FromAttributes((slot == "A" ? slots.A : slots.B).Boot.Attributes);
    }

    public void SetFlags(string slot, BootFlags flags)
    {
        using var disk = BlockDevice.Open(DiskPath, DiskAccess.ReadWrite);
        var table = GuidPartitionTable.Read(disk);
        var slots = SlotSet.Find(table, SlotLayout.Default, DiskPath);
        var boot = (slot == "A" ? slots.A : slots.B).Boot;
        table.SetAttributes(boot.Index, flags.ApplyTo(boot.Attributes));
        table.Commit(disk);
    }

    /// <summary>The first bytes of a partition of a slot.</summary>
    public byte[] Content(string slot, string role, int length)
    {
        using var disk = BlockDevice.Open(DiskPath, DiskAccess.Read);
        var bytes = new byte[length];
        disk.Read(Partition(disk, slot, role).Offset, bytes);
        return bytes;
    }

    /// <summary>One byte of a partition turns round, as on a bad medium.</summary>
    public void Corrupt(string slot, string role, long offset)
    {
        using var disk = BlockDevice.Open(DiskPath, DiskAccess.ReadWrite);
        TurnByte(disk, Partition(disk, slot, role).Offset + offset);
    }

    /// <summary>As <see cref="Corrupt"/>, anywhere on the disk.</summary>
    public void CorruptDisk(long at)
    {
        using var disk = BlockDevice.Open(DiskPath, DiskAccess.ReadWrite);
        TurnByte(disk, at);
    }

    private static void TurnByte(BlockDevice disk, long at)
    {
        var one = new byte[1];
        disk.Read(at, one);
        one[0] ^= 0x10;
        disk.Write(at, one);
    }

    public void AddCheck(string name, string script, bool required = true) =>
        _directory.WriteProgram(
            $"host/etc/update-engine/health.d/{(required ? "required" : "wanted")}/{name}",
            "#!/bin/sh\n" + script + "\n"
        );

    public void WriteFile(string path, string text) => WriteFile(path, Encoding.UTF8.GetBytes(text));

    public void Dispose() => _directory.Dispose();

    private void WriteFile(string path, byte[] bytes) =>
        _directory.Write(Path.GetRelativePath(_directory.Path, path), bytes);

    private static GptPartition Partition(BlockDevice disk, string slot, string role)
    {
        var slots = SlotSet.Find(GuidPartitionTable.Read(disk), SlotLayout.Default, disk.Path);
        return (slot == "A" ? slots.A : slots.B).Partition(role)!;
    }

    private static byte[] Image(string version, int length)
    {
        var image = new byte[length];
        new Random(7).NextBytes(image.AsSpan(0, length / 3));
        Encoding.ASCII.GetBytes(version).CopyTo(image, 0);
        return image;
    }

    private void MakeDisk()
    {
        const long Length = 16 * MiB;
        using (var file = File.Create(DiskPath))
        {
            file.SetLength(Length);
        }

        using var disk = BlockDevice.Open(DiskPath, DiskAccess.ReadWrite);
        NewPartition[] partitions =
        [
            new(PartitionTypes.Boot, Id(1), "boot-a", MiB, new BootFlags(1, 0, true).ApplyTo(0)),
            new(PartitionTypes.Root, Id(2), "root-a", 3 * MiB),
            new(PartitionTypes.Boot, Id(3), "boot-b", MiB),
            new(PartitionTypes.Root, Id(4), "root-b", 3 * MiB),
            new(PartitionTypes.Private, Id(5), "private", MiB),
        ];
        GuidPartitionTable.Create(Length, 512, partitions, Id(9)).Commit(disk);
    }

    private static Guid Id(int n) => new(n, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
}
