using RepoTools.Disks;
using RepoTools.Tests.Simulators;
using UpdateEngine.Configuration;
using UpdateEngine.Disks;
using UpdateEngine.State;
using Xunit;

namespace RepoTools.Tests;

public sealed class DiskTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Sgdisk_finds_no_fault_and_cgpt_reads_the_factory_flags()
    {
        var disk = _directory.Of("disk.img");
        Assert.Equal(0, (await CreateAsync(disk, "--hash", _directory.Image("hash.img", 3000, 3))).Code);

        Assert.Contains(
            "No problems found",
            (await Tool.WitnessAsync("sgdisk", "-v", disk)).Out,
            StringComparison.Ordinal
        );
        var shown = (await Tool.WitnessAsync("cgpt", "show", disk)).Out;
        string[] labels = ["BOOT-A", "ROOT-A", "HASH-A", "BOOT-B", "ROOT-B", "HASH-B", "PRIVATE", "DATA"];
        var places = labels.Select(l => shown.IndexOf($"Label: \"{l}\"", StringComparison.Ordinal)).ToArray();
        Assert.DoesNotContain(-1, places);
        Assert.Equal(places.Order(), places);
        Assert.Equal("0x101", (await Tool.WitnessAsync("cgpt", "show", "-i", "1", "-A", disk)).Out.Trim());
        Assert.Equal("0", (await Tool.WitnessAsync("cgpt", "show", "-i", "4", "-A", disk)).Out.Trim());
    }

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    public async Task The_images_lie_in_slot_A_and_slot_B_is_empty(int sectorSize)
    {
        var path = _directory.Of("disk.img");
        Assert.Equal(0, (await CreateAsync(path, "--sector-size", $"{sectorSize}")).Code);

        using var disk = BlockDevice.Open(path, DiskAccess.Read);
        var table = GuidPartitionTable.Read(disk);
        var slots = SlotSet.Find(table, SlotLayout.Default, path);

        Assert.Equal(sectorSize, table.SectorSize);
        Assert.Empty(table.Findings);
        Assert.Equal(new BootFlags(1, 0, true), BootFlags.FromAttributes(slots.A.Boot.Attributes));
        Assert.Equal(BootFlags.Cleared, BootFlags.FromAttributes(slots.B.Boot.Attributes));
        Assert.Equal(File.ReadAllBytes(_directory.Of("boot.img")), Read(disk, slots.A.Boot, 5000));
        Assert.Equal(File.ReadAllBytes(_directory.Of("root.img")), Read(disk, slots.A.Root, 3_000_000));
        Assert.DoesNotContain(Read(disk, slots.B.Root, 3_000_000), b => b != 0);
    }

    [Fact]
    public async Task Private_and_data_are_ext4_that_is_in_order()
    {
        var path = _directory.Of("disk.img");
        await CreateAsync(path);
        using var disk = BlockDevice.Open(path, DiskAccess.Read);
        var table = GuidPartitionTable.Read(disk);

        foreach (var label in (string[])["PRIVATE", "DATA"])
        {
            var partition = table.Partitions.Single(p => p.Label == label);
            File.WriteAllBytes(_directory.Of(label), Read(disk, partition, (int)partition.Length));
            Assert.Equal(0, (await Tool.WitnessAsync("e2fsck", "-fn", _directory.Of(label))).Code);
        }
        Assert.Equal(PartitionTypes.Data, table.Partitions.Single(p => p.Label == "DATA").Type);
    }

    [Fact]
    public async Task Holes_stay_holes()
    {
        var path = _directory.Of("disk.img");
        await CreateAsync(path, "--size-root", "1G");

        var blocks = await Tool.WitnessAsync("stat", "-c", "%b", path);

        Assert.True(new FileInfo(path).Length > 2L << 30);
        Assert.InRange(long.Parse(blocks.Out) * 512, 1, 64 << 20);
    }

    [Fact]
    public async Task An_image_that_does_not_fit_is_refused_before_the_first_write()
    {
        var path = _directory.Of("disk.img");

        var result = await CreateAsync(path, "--size-root", "2M");

        Assert.Equal(73, result.Code);
        Assert.Contains("does not fit into the root partition", result.Error, StringComparison.Ordinal);
        Assert.Contains("--size-root", result.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFiles(_directory.Path, "disk.img*"));
    }

    [Fact]
    public async Task A_disk_is_replaced_only_by_force_and_never_left_half_made()
    {
        var path = _directory.Of("disk.img");
        File.WriteAllText(path, "precious");

        Assert.Equal(76, (await CreateAsync(path)).Code);
        Assert.Equal("precious", File.ReadAllText(path));
        Assert.Equal(0, (await CreateAsync(path, "--force")).Code);
        Assert.False(File.Exists(path + ".partial"));
    }

    [Fact]
    public async Task The_version_is_noted_beside_the_disk()
    {
        var path = _directory.Of("disk.img");
        await CreateAsync(path, "--variant", "demo");

        Assert.Contains("\"version\": \"1.0.0\"", File.ReadAllText(path + ".json"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--sector-size", "1024")]
    [InlineData("--size-boot", "lots")]
    [InlineData("--size-boot", "0")]
    [InlineData("--version", "one")]
    public async Task A_value_that_makes_no_sense_is_a_usage_error_that_names_it(string option, string value)
    {
        var result = await CreateAsync(_directory.Of("disk.img"), option, value);

        Assert.Equal(64, result.Code);
        Assert.Contains(option, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_engine_reads_the_configuration_of_a_new_host()
    {
        using var repository = await TestRepository.CreateAsync();
        var host = _directory.Of("host");
        await CreateAsync(Path.Combine(host, "disk.img"));
        string[] create =
        [
            "host",
            "create",
            host,
            "--disk",
            Path.Combine(host, "disk.img"),
            "--repository",
            "http://127.0.0.1:8080/",
        ];

        var made = await repository.RunAsync([
            .. create,
            "--trust",
            repository.RootFile,
            "--variant",
            "demo",
            "--arch",
            "x86_64",
            "--seed",
            "7",
        ]);

        Assert.True(made.Code == 0, made.Error);
        var paths = new HostPaths(host);
        var config = ConfigReader.Read(paths);
        Assert.Equal("http://127.0.0.1:8080/metadata", config.MetadataUrl.ToString());
        Assert.Equal(("disk.img", "demo", "x86_64", 7), (config.Disk, config.Variant, config.Arch, config.Seed!.Value));
        Assert.True(File.Exists(paths.Of(config.Disk)));
        Assert.Equal(File.ReadAllBytes(repository.RootFile), File.ReadAllBytes(paths.TrustAnchor));
        Assert.Matches("^[0-9a-f]{32}\n$", File.ReadAllText(paths.MachineId));
        Assert.Equal(76, (await repository.RunAsync([.. create, "--trust", repository.RootFile])).Code);
    }

    [Fact]
    public async Task A_host_with_its_disk_elsewhere_is_refused()
    {
        using var repository = await TestRepository.CreateAsync();
        await CreateAsync(_directory.Of("disk.img"));

        var result = await repository.RunAsync(
            "host",
            "create",
            _directory.Of("host"),
            "--disk",
            _directory.Of("disk.img"),
            "--repository",
            "http://h",
            "--trust",
            repository.RootFile
        );

        Assert.Equal(64, result.Code);
        Assert.Contains("does not lie below", result.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_directory.Of("host")));
    }

    private Task<ToolResult> CreateAsync(string path, params string[] more)
    {
        var (boot, root) = (_directory.Image("boot.img", 5000, 1), _directory.Image("root.img", 3_000_000, 2));
        string[] version = more.Contains("--version") ? [] : ["--version", "1.0.0"];
        return Tool.RunAsync(
            TimeProvider.System,
            ["disk", "create", path, .. version, "--boot", boot, "--root", root, .. more]
        );
    }

    private static byte[] Read(BlockDevice disk, GptPartition partition, int length)
    {
        var bytes = new byte[length];
        disk.Read(partition.Offset, bytes);
        return bytes;
    }

    public void Dispose() => _directory.Dispose();
}
