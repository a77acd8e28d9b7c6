using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Tests.Simulators;

namespace UpdateEngine.Tests.Boot;

public sealed class SlotKernelTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;
    private readonly Slot _slot;

    public SlotKernelTests()
    {
        using var disk = SlotDisk.Make(SlotDisk.Factory, default);
        _slot = SlotDisk.Slots(disk).B;
        Put("vmlinuz", "kernel");
        Put("cmdline", "quiet panic=10\n");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_partitions_of_the_slot_come_behind_the_slots_own_command_line()
    {
        Assert.Equal(
            $"quiet panic=10 update_engine.boot={_slot.Boot.Id} update_engine.root={_slot.Root.Id}"
                + (_slot.Hash is { } hash ? $" update_engine.hash={hash.Id}" : ""),
            Read().CommandLine
        );
        Assert.Equal(_slot.Boot.Id, BootedSlot.Parse(Read().CommandLine));
    }

    [Fact]
    public void An_initramfs_is_loaded_where_there_is_one()
    {
        Assert.Null(Read().Initramfs);
        Put("initramfs", "");
        Assert.Equal(Path.Combine(_directory, "initramfs"), Read().Initramfs);
    }

    [Theory]
    [InlineData("vmlinuz", "no file vmlinuz")]
    [InlineData("cmdline", "no file cmdline")]
    public void A_slot_without_one_of_its_files_is_not_loadable(string file, string why)
    {
        File.Delete(Path.Combine(_directory, file));
        IsNotLoadable(why);
    }

    [Theory]
    [InlineData("quiet\nroot=/dev/sda1", "not one line")]
    [InlineData("quiet\0", "not one line")]
    [InlineData("stra\u00dfe", "not one line")]
    [InlineData("init=\"/bin/sh", "quote without end")]
    [InlineData("quiet -- single", "\"--\"")]
    public void A_command_line_that_would_hide_what_is_appended_is_refused(string commandLine, string why)
    {
        Put("cmdline", commandLine);
        IsNotLoadable(why);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(100_000, false)]
    public void A_command_line_that_the_kernel_would_cut_off_is_refused(int tooMany, bool isTaken)
    {
        var appended = Read().CommandLine.Length - "quiet panic=10".Length;
        Put("cmdline", new string('a', SlotKernel.MaxCommandLine - 1 - appended + tooMany));
        if (isTaken)
        {
            Assert.Equal(SlotKernel.MaxCommandLine - 1, Read().CommandLine.Length);
        }
        else
        {
            IsNotLoadable($"more than {SlotKernel.MaxCommandLine - 1}");
        }
    }

    [Fact]
    public void An_empty_command_line_is_one()
    {
        Put("cmdline", "");
        Assert.StartsWith("update_engine.boot=", Read().CommandLine, StringComparison.Ordinal);
    }

    private SlotKernel Read() => SlotKernel.Read(_directory, _slot);

    private void IsNotLoadable(string why)
    {
        var error = Assert.Throws<UpdateException>(Read);
        Assert.Equal(ErrorCodes.SlotNotLoadable, error.Code);
        Assert.Contains(why, error.Message, StringComparison.Ordinal);
    }

    private void Put(string name, string text) =>
        File.WriteAllText(Path.Combine(_directory, name), text, System.Text.Encoding.Latin1);
}
