using UpdateEngine.Disks;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Tests.Simulators;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

/// <summary>Promise P3 begins here: the running slot is the one the kernel has mounted.</summary>
public sealed class MountedRootTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly SlotSet _slots = SlotDisk.Slots(SlotDisk.MakeFactory());

    public MountedRootTests()
    {
        foreach (var number in (int[])[2, 3, 6, 7])
        {
            AddPartition("vda", number, $"254:{number}");
            AddPartition("vdb", number, $"254:{16 + number}");
        }

        AddDevice("virtual/block/dm-0", "253:0");
        AddDevice("virtual/block/dm-1", "253:1");
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("254:2", "A")]
    [InlineData("254:6", "B")]
    [InlineData("254:3", null)] // a hash partition
    [InlineData("254:22", null)] // the same place on another disk
    [InlineData("0:45", null)] // no block device
    public void A_plain_root_is_found_by_its_partition(string device, string? slot)
    {
        Mount($"1 0 {device} / / rw - ext4 /dev/root rw");
        Assert.Equal(Root(slot), Find());
    }

    [Theory]
    [InlineData(new[] { 2, 3 }, "A")]
    [InlineData(new[] { 6, 7 }, "B")]
    [InlineData(new[] { 2, 6 }, null)] // both: nobody can tell
    [InlineData(new int[0], null)]
    public void A_verity_root_is_found_through_its_slaves(int[] slaves, string? slot)
    {
        foreach (var slave in slaves)
        {
            AddSlave("dm-0", $"../../../../pci/vda/vda{slave}", $"vda{slave}");
        }

        Directory.CreateDirectory(_directory["sys/devices/virtual/block/dm-0/slaves"]);
        Mount("1 0 253:0 / / ro - ext4 /dev/dm-0 ro");
        Assert.Equal(Root(slot), Find());
    }

    [Fact]
    public void The_last_mount_at_the_root_counts_and_other_places_do_not()
    {
        Mount("1 0 254:6 / / rw - ext4 a rw\n2 1 254:2 / / rw - ext4 b rw\n3 2 254:6 / /mnt rw - ext4 c rw");
        Assert.Equal(_slots.A.Root.Id, Find());
        Mount("3 2 254:6 / /mnt rw - ext4 c rw");
        Assert.Null(Find());
    }

    [Theory]
    [InlineData("CRYPT-VERITY-0123456789abcdef-root", true)]
    [InlineData("CRYPT-LUKS2-0123456789abcdef-root", false)]
    [InlineData(null, false)]
    public void A_root_through_dm_verity_is_told_from_others_by_the_name_of_its_device(string? uuid, bool isVerity)
    {
        if (uuid is not null)
        {
            _directory.Write("sys/devices/virtual/block/dm-0/dm/uuid", uuid + "\n");
        }

        Mount("1 0 253:0 / / ro - ext4 /dev/dm-0 ro");
        Assert.Equal(isVerity, MountedRoot.IsVerity(_directory["proc"], _directory["sys"]));
        Mount("1 0 0:45 / / rw - tmpfs none rw");
        Assert.False(MountedRoot.IsVerity(_directory["proc"], _directory["sys"]));
    }

    [Fact]
    public void A_disk_may_be_named_by_a_link()
    {
        _directory.Write("dev/vda", "");
        File.CreateSymbolicLink(_directory["dev/by-id"], "vda");
        Mount("1 0 254:2 / / rw - ext4 /dev/root rw");
        Assert.Equal(_slots.A.Root.Id, Find(_directory["dev/by-id"]));
        Assert.Null(Find("/dev/vdb"));
    }

    private Guid? Root(string? slot) =>
        slot switch
        {
            "A" => _slots.A.Root.Id,
            "B" => _slots.B.Root.Id,
            _ => null,
        };

    private Guid? Find(string disk = "/dev/vda") =>
        MountedRoot.Find(_slots, disk, _directory["proc"], _directory["sys"]);

    private void Mount(string lines) => _directory.Write("proc/self/mountinfo", lines + "\n");

    private void AddPartition(string disk, int number, string device)
    {
        AddDevice($"pci/{disk}/{disk}{number}", device);
        _directory.Write($"sys/devices/pci/{disk}/{disk}{number}/partition", $"{number}\n");
    }

    private void AddDevice(string path, string device)
    {
        Directory.CreateDirectory(_directory["sys/devices/" + path]);
        Directory.CreateDirectory(_directory["sys/dev/block"]);
        Directory.CreateSymbolicLink(_directory["sys/dev/block/" + device], "../../devices/" + path);
    }

    private void AddSlave(string device, string target, string name)
    {
        var slaves = $"sys/devices/virtual/block/{device}/slaves";
        Directory.CreateDirectory(_directory[slaves]);
        Directory.CreateSymbolicLink(_directory[$"{slaves}/{name}"], target);
    }
}
