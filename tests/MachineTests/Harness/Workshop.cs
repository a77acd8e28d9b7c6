using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace MachineTests.Harness;

/// <summary>
/// What all machines are made of: a kernel, the first stage, a repository that is served, and releases, each made when a test first asks for it.
/// </summary>
public sealed class Workshop : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("update-engine-machines-").FullName;
    private readonly SemaphoreSlim _publisher = new(1);
    private readonly Dictionary<string, Task> _releases = [];
    private RepositoryServer? _server;
    private readonly Dictionary<string, Task<Moment>> _moments = [];

    private static readonly string[] s_roles = ["boot", "root", "hash"];

    private readonly ConcurrentDictionary<(string Version, string Role), (long Length, string Digest)> _images = [];

    internal string Kernel => Path.Combine(KernelFolder, "vmlinuz");

    internal string FirstStage => Path.Combine(_directory, "first-stage");

    private string EfiPartition => Path.Combine(_directory, "esp.img");

    private static string KernelFolder => Path.Combine(Programs.Repository, "artifacts/vm/kernel");

    private string Modules => Directory.GetDirectories(Path.Combine(KernelFolder, "lib/modules")).Single();

    private string Repository => Path.Combine(_directory, "repository");

    /// <summary>As the guests see the server on this host (QEMU's user network).</summary>
    private string Url => _server!.Url.Replace("127.0.0.1", "10.0.2.2", StringComparison.Ordinal);

    public async ValueTask InitializeAsync()
    {
        await ScriptAsync("demo/machine/kernel.sh", KernelFolder);
        await ScriptAsync(
            "os-image/first-stage.sh",
            "--modules",
            Modules,
            "--boot-selector",
            Shipped("boot-selector"),
            "--out",
            FirstStage,
            "--esp",
            EfiPartition,
            "--kernel",
            Kernel,
            "--command-line",
            "console=ttyS0 quiet panic=1"
        );
        foreach (var role in (string[])["root", "targets", "snapshot", "timestamp"])
        {
            await RepoToolsAsync("key", "generate", Key(role));
        }

        await RepoToolsAsync([
            "root",
            "create",
            "--out",
            Root,
            .. ((string[])["root", "targets", "snapshot", "timestamp"]).SelectMany(r =>
                (string[])[$"--{r}-key", Key(r)]
            ),
        ]);
        await RepoToolsAsync("root", "sign", Root, "--key", Key("root"));
        await RepoToolsAsync("repo", "create", Repository, "--root", Root);
        _server = await RepositoryServer.StartAsync(Repository);
        await MakeImagesAsync(new Release("1.0.0"));
        await RepoToolsAsync(
            "disk",
            "create",
            Path.Combine(_directory, "factory.img"),
            "--version",
            "1.0.0",
            "--variant",
            "demo",
            "--boot",
            Image("1.0.0", "boot"),
            "--root",
            Image("1.0.0", "root"),
            "--hash",
            Image("1.0.0", "hash"),
            "--first-stage",
            EfiPartition
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
        _publisher.Dispose();
    }

    /// <summary>A disk as the factory makes it: 1.0.0 in slot A.</summary>
    internal Task<string> NewDiskAsync() => NewDiskAsync(Path.Combine(_directory, "factory.img"));

    internal async Task<string> NewDiskAsync(string like)
    {
        var disk = Path.Combine(_directory, $"{Guid.NewGuid():N}.img");
        await CopyAsync(like, disk);
        return disk;
    }

    /// <summary>The machine has left the factory: its first prompt, with a good verdict.</summary>
    internal Task<Moment> FactoryAsync() =>
        OnceAsync(
            "factory",
            async sleep =>
            {
                var disk = await NewDiskAsync();
                var machine = Machine.SwitchOn(this, disk, Machine.CanSleep(sleep));
                Assert.Equal(0, await machine.BootsAsync("1.0.0"));
                return (machine, disk);
            }
        );

    /// <summary>And has prepared 1.1.0.</summary>
    internal Task<Moment> PreparedAsync() =>
        LaterAsync("prepared", FactoryAsync, m => m.MustAsync("updatectl prepare --pin 1.1.0"));

    /// <summary>And lets it boot next.</summary>
    internal Task<Moment> ActivatedAsync() =>
        LaterAsync("activated", PreparedAsync, m => m.MustAsync("updatectl activate"));

    /// <summary>And runs it, with a good verdict.</summary>
    internal Task<Moment> UpdatedAsync() =>
        LaterAsync(
            "updated",
            ActivatedAsync,
            async machine =>
            {
                machine.Type("/bin/reboot");
                Assert.Equal(0, await machine.BootsAsync("1.1.0"));
            }
        );

    private Task<Moment> LaterAsync(string name, Func<Task<Moment>> before, Func<Machine, Task> live) =>
        OnceAsync(
            name,
            async sleep =>
            {
                await PublishAsync(new Release("1.1.0"));
                var moment = await before();
                var disk = await NewDiskAsync(moment.Disk);
                var machine = await Machine.WakeUpAsync(this, disk, moment, Machine.CanSleep(sleep));
                await live(machine);
                return (machine, disk);
            }
        );

    /// <summary>Many tests begin with the same minutes of the same machine, so they are lived through once.</summary>
    private Task<Moment> OnceAsync(string name, Func<string, Task<(Machine, string Disk)>> live)
    {
        lock (_moments)
        {
            return _moments.TryGetValue(name, out var moment) ? moment : _moments[name] = LiveAsync();
        }

        async Task<Moment> LiveAsync()
        {
            await Task.Yield(); // Not under the lock.
            var sleep = Path.Combine(_directory, name + ".sleep");
            var (machine, disk) = await live(sleep);
            await using (machine)
            {
                await machine.SleepAsync(sleep);
                return new Moment(sleep, disk);
            }
        }
    }

    internal static async Task CopyAsync(string from, string to) =>
        (await RunningProgram.RunAsync("/bin/cp", "--sparse=always", from, to)).Expect(0);

    /// <summary>Length and SHA-256 of an image that was made here.</summary>
    internal (long Length, string Digest) Made(string version, string role) => _images[(version, role)];

    /// <summary>It is in the repository when this returns.</summary>
    internal Task PublishAsync(Release release)
    {
        lock (_releases)
        {
            return _releases.TryGetValue(release.Version, out var made)
                ? made
                : _releases[release.Version] = PublishNewAsync(release);
        }
    }

    private async Task PublishNewAsync(Release release)
    {
        await MakeImagesAsync(release);
        await _publisher.WaitAsync();
        try
        {
            await RepoToolsAsync([
                "release",
                "add",
                Repository,
                "--version",
                release.Version,
                "--variant",
                "demo",
                "--arch",
                "x86_64",
                "--wave-policy",
                "none",
                "--level",
                "1",
                .. s_roles.SelectMany(r => (string[])[$"--{r}", Image(release.Version, r)]),
            ]);
            await RepoToolsAsync([
                "publish",
                Repository,
                .. ((string[])["targets", "snapshot", "timestamp"]).SelectMany(r => (string[])[$"--{r}-key", Key(r)]),
            ]);
        }
        finally
        {
            _publisher.Release();
            Directory.Delete(Path.Combine(_directory, release.Version), recursive: true);
        }
    }

    private async Task MakeImagesAsync(Release release)
    {
        var folder = Path.Combine(_directory, release.Version);
        var tree = Path.Combine(folder, "tree");
        await ScriptAsync(
            "demo/machine/tree.sh",
            "--out",
            tree,
            "--version",
            release.Version,
            "--updatectl",
            Shipped("updatectl"),
            "--trust",
            Root,
            "--repository",
            Url
        );
        await File.WriteAllTextAsync(Path.Combine(tree, "etc/demo/before-gate"), release.BeforeGate + "\n");
        await File.WriteAllTextAsync(Path.Combine(tree, "etc/demo/after-gate"), release.AfterGate + "\n");
        if (release.GuardTries is { } tries)
        {
            var guard = Directory.CreateDirectory(Path.Combine(tree, "etc/update-engine/config.d")).FullName;
            await File.WriteAllTextAsync(Path.Combine(guard, "guard.json"), $"{{ \"guard_tries\": {tries} }}\n");
        }

        foreach (var (name, text) in release.Checks ?? new Dictionary<string, string>())
        {
            var check = Path.Combine(tree, "etc/update-engine/health.d/required", name);
            await File.WriteAllTextAsync(check, $"#!/bin/sh\n{text}\n");
            File.SetUnixFileMode(
                check,
                UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute
            );
        }

        await ScriptAsync([
            "os-image/release.sh",
            "--tree",
            tree,
            "--kernel",
            Kernel,
            "--modules",
            Modules,
            .. ((string[])["virtio_pci", "virtio_blk", "virtio_net"]).SelectMany(m => (string[])["--module", m]),
            "--command-line",
            "console=ttyS0 quiet panic=1",
            "--watchdog",
            $"{release.Watchdog}",
            "--out",
            folder,
        ]);
        Directory.Delete(tree, recursive: true);
        if (release.HasEmptyBoot)
        {
            await DebugFileSystemAsync(Image(release.Version, "boot"), "rm vmlinuz");
        }

        if (release.HasNoVerity)
        {
            var line = Path.Combine(folder, "cmdline");
            await File.WriteAllTextAsync(line, "console=ttyS0 quiet panic=1\n");
            await DebugFileSystemAsync(Image(release.Version, "boot"), "rm cmdline");
            await DebugFileSystemAsync(Image(release.Version, "boot"), $"write {line} cmdline");
        }

        if (release.HasFlippedBlock)
        {
            FlipInside(Image(release.Version, "root"));
        }

        foreach (var role in s_roles)
        {
            await using var image = File.OpenRead(Image(release.Version, role));
            var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(image));
            _images[(release.Version, role)] = (image.Length, digest);
        }
    }

    /// <summary>In the middle of what is used: the program that the gate runs.</summary>
    private static void FlipInside(string image)
    {
        using var file = new FileStream(image, FileMode.Open);
        for (var at = file.Length / 4; at < file.Length * 3 / 4; at += 4096)
        {
            file.Position = at;
            var value = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(value ^ 1));
        }
    }

    private static async Task DebugFileSystemAsync(string image, string command) =>
        (await RunningProgram.RunAsync(Programs.Machine("debugfs"), "-w", "-R", command, image)).Expect(0);

    private string Root => Path.Combine(_directory, "root.json");

    private string Key(string role) => Path.Combine(_directory, role + ".pem");

    private string Image(string version, string role) => Path.Combine(_directory, version, role + ".img");

    /// <summary>Single files, as they go into a root tree.</summary>
    private static string Shipped(string program)
    {
        var path = Path.Combine(Programs.Repository, "artifacts/bin", program);
        return File.Exists(path)
            ? path
            : throw new InvalidOperationException($"There is no {path}; run ./build.sh publish.");
    }

    private static async Task RepoToolsAsync(params string[] args) =>
        (await RunningProgram.RunAsync(Programs.RepoTools, args)).Expect(0);

    private static async Task ScriptAsync(params string[] words)
    {
        await using var script = RunningProgram.Start(Path.Combine(Programs.Repository, words[0]), words[1..]);
        (await script.EndAsync(TimeSpan.FromMinutes(5))).Expect(0);
    }
}
