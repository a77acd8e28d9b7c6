using UpdateEngine.Images;
using UpdateEngine.State;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Updates;

/// <summary>
/// A prepare that was interrupted goes on where it was, and trusts nothing of it. What is not fetched again is damaged in the repository: only a
/// prepare that goes on does not notice.
/// </summary>
public sealed class ResumeTests
{
    private const string Version = "1.1.0";
    private static readonly string s_root = $"demo-{Version}-root.zst";
    private static readonly string s_boot = $"demo-{Version}-boot.zst";

    [Fact]
    public async Task What_was_flushed_is_not_fetched_again()
    {
        using var host = await InterruptedAsync();
        Assert.Equal(["boot", "root"], host.Journal.Checkpoint!.Images.Keys);
        Damage(host, s_boot, from: 0);
        Damage(host, s_root, from: 0);

        await host.PrepareAsync();

        AssertHolds(host);
        Assert.Null(host.Journal.Checkpoint);
    }

    [Fact]
    public async Task What_comes_after_it_is_fetched()
    {
        using var host = await InterruptedAsync();
        var offset = host.Journal.Checkpoint!.Images["root"].FileOffset;
        Damage(host, s_root, offset);

        await Assert.ThrowsAnyAsync<Exception>(() => host.PrepareAsync());

        Assert.False(host.Flags("B").Selectable);
        Assert.DoesNotContain("root", host.Journal.Checkpoint!.Images.Keys);
    }

    [Theory]
    [InlineData("root", 5)]
    [InlineData("root", 1_000_000)]
    [InlineData("boot", 299_999)]
    public async Task Bytes_that_changed_on_the_medium_meanwhile_are_noticed_and_fetched_again(string role, long offset)
    {
        using var host = await InterruptedAsync();
        host.Corrupt("B", role, offset);

        await host.PrepareAsync();

        AssertHolds(host);
    }

    [Fact]
    public async Task Another_file_under_the_same_name_is_fetched_from_its_beginning()
    {
        using var host = await InterruptedAsync();
        var root = Sandbox.RootImage("again");
        host.Repository.Manifest = host.Repository.Manifest with { Updates = [] };
        host.Repository.Add(Version, Sandbox.BootImage(Version), root);

        await host.PrepareAsync();

        Assert.Equal(root, host.Content("B", "root", root.Length));
    }

    [Fact]
    public async Task Without_a_signed_digest_of_the_image_it_starts_again()
    {
        using var host = await InterruptedAsync(signed: false);
        Assert.Null(host.Journal.Checkpoint);

        await host.PrepareAsync();

        AssertHolds(host);
    }

    [Theory]
    [InlineData(+1, 0)]
    [InlineData(-1, 0)]
    [InlineData(0, +4096)]
    [InlineData(0, -1)]
    [InlineData(long.MaxValue / 2, 0)]
    [InlineData(0, long.MinValue / 2)]
    public async Task A_checkpoint_that_lies_costs_time_only(long file, long image)
    {
        using var host = await InterruptedAsync();
        var journal = host.Journal;
        var root = journal.Checkpoint!.Images["root"];
        journal.Checkpoint.Images["root"] = root with
        {
            FileOffset = root.FileOffset + file,
            ImageOffset = root.ImageOffset + image,
        };
        new Journal(host.Paths.Journal).Save(journal);

        await host.PrepareAsync();

        AssertHolds(host);
    }

    [Fact]
    public async Task A_slot_that_became_bootable_since_is_written_from_its_beginning()
    {
        using var host = await InterruptedAsync();
        host.SetFlags("B", new(1, 0, true));
        Damage(host, s_boot, from: 0);

        await Assert.ThrowsAnyAsync<Exception>(() => host.PrepareAsync());

        Assert.False(host.Flags("B").Selectable);
    }

    [Fact]
    public async Task It_may_be_interrupted_at_every_step_of_its_way()
    {
        using var host = await Sandbox.OfferingAsync(Version);
        var most = 0L;
        for (var stopAt = 100_000; stopAt < Sandbox.RootImage(Version).Length; stopAt += 400_000)
        {
            await InterruptAsync(host, stopAt);
            var reached = host.Journal.Checkpoint!.Images.GetValueOrDefault("root")?.ImageOffset ?? 0;
            Assert.True(reached >= most, $"it fell back from {most} to {reached}");
            most = reached;
        }

        Assert.Equal(2 * TestRepository.FrameLength, most);
        await host.PrepareAsync();
        AssertHolds(host);
    }

    /// <summary>Stopped when two of the three frames of root have been flushed.</summary>
    private static async Task<Sandbox> InterruptedAsync(bool signed = true)
    {
        var host = await Sandbox.OfferingAsync(Version, release => signed ? release : release with { Raw = null });
        await InterruptAsync(host, 2 * TestRepository.FrameLength);
        return host;
    }

    private static async Task InterruptAsync(Sandbox host, long stopAt)
    {
        using var stop = new CancellationTokenSource();
        var progress = new Watch(step =>
        {
            if (step is { What: "root image" } && step.Done >= stopAt)
            {
                stop.Cancel();
            }
        });
        var updater = new Updater(host.Host, new SandboxReboot(host.Paths)) { Checkpoint = TestRepository.FrameLength };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            updater.PrepareAsync(new(), progress, stop.Token)
        );
        Assert.False(host.Flags("B").Selectable);
    }

    private static void AssertHolds(Sandbox host)
    {
        var (boot, root) = (Sandbox.BootImage(Version), Sandbox.RootImage(Version));
        Assert.Equal(boot, host.Content("B", "boot", boot.Length));
        Assert.Equal(root, host.Content("B", "root", root.Length));
        Assert.Equal(Version, host.Journal.Slots["B"].Version);
    }

    /// <summary>The bytes of a frame's beginning are turned round.</summary>
    private static void Damage(Sandbox host, string target, long from)
    {
        var path = host.Repository.TargetPath(target);
        var bytes = File.ReadAllBytes(path);
        for (var i = from; i < from + 16; i++)
        {
            bytes[i] ^= 0xFF;
        }

        File.WriteAllBytes(path, bytes);
    }
}
