namespace SystemTests.Harness;

/// <summary>A block device in the place of a disk image; the image lies beside it, under another name.</summary>
internal sealed class LoopDevice : IAsyncDisposable
{
    private readonly string _device;

    private LoopDevice(string device) => _device = device;

    public static async Task<LoopDevice> AttachAsync(string disk)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "attaching a loop device needs root");
        var image = disk + ".file";
        File.Move(disk, image);
        var attached = await RunningProgram.RunAsync(Programs.Machine("losetup"), "--find", "--show", image);
        Assert.SkipUnless(attached.Code == 0, $"no loop device can be attached here: {attached.Error}");
        var device = attached.Out.Trim();
        // The read-only flag of whoever had the device before stays with it.
        (await RunningProgram.RunAsync(Programs.Machine("blockdev"), "--setrw", device)).Expect(0);
        File.CreateSymbolicLink(disk, device);
        return new LoopDevice(device);
    }

    public async ValueTask DisposeAsync() =>
        (await RunningProgram.RunAsync(Programs.Machine("losetup"), "--detach", _device)).Expect(0);
}
