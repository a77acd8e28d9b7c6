using UpdateEngine.Boot;
using UpdateEngine.Disks;
using UpdateEngine.Images;
using UpdateEngine.Releases;
using UpdateEngine.Tests.Hosts;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests.Misbehaviour;

/// <summary>
/// A host whose slot B could boot, about to prepare a release into it from a server or onto a disk that may be bad; and the judgement of what has
/// become of it. The prepare is the real one, over HTTP.
/// </summary>
internal sealed class FaultyHost : IDisposable
{
    public const string Version = "1.1.0";
    private const int BootB = (int)(5 * Sandbox.MiB);
    private const int Private = (int)(9 * Sandbox.MiB);

    /// <summary>Of the real clock: whatever waits for longer hangs.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private static readonly BootFlags s_fallback = new(1, 0, true);

    private byte[] _before = [];

    private FaultyHost(byte[] root)
    {
        Root = root;
        Server = new ImageServer(Host.Repository.Directory, Host.Time);
    }

    /// <summary>Does not compress, so that another image has a file of the same length.</summary>
    public static byte[] RootImage { get; } = Noise(1);

    public static byte[] OtherImage { get; } = Noise(2);

    public Sandbox Host { get; } = new();

    public ImageServer Server { get; }

    /// <summary>What slot B holds after a success.</summary>
    public byte[] Root { get; private set; }

    /// <param name="file">What is published as root image, instead of good frames of it.</param>
    public static async Task<FaultyHost> OfferingAsync(
        Func<byte[], byte[]>? file = null,
        Func<Release, Release>? edit = null,
        byte[]? root = null
    )
    {
        var faulty = new FaultyHost(root ?? RootImage);
        var host = faulty.Host;
        host.Configure(
            ("repository", new { metadata_url = faulty.Server.MetadataUrl, targets_url = faulty.Server.TargetsUrl }),
            ("stall_timeout", "1h"),
            ("proxy", "none")
        );
        await host.ConfirmAsync();
        host.Repository.Encode = (role, image) =>
            role == "root" && file is not null ? file(image) : TestRepository.Frames(image);
        host.Repository.Add(Version, Sandbox.BootImage(Version), faulty.Root, edit);
        host.SetFlags("B", s_fallback);
        faulty._before = host.Disk;
        return faulty;
    }

    /// <summary>The publisher mends the release.</summary>
    public void Republish()
    {
        Root = RootImage;
        Host.Repository.Encode = (_, image) => TestRepository.Frames(image);
        Host.Repository.Manifest = Host.Repository.Manifest with { Updates = [] };
        Host.Repository.Add(Version, Sandbox.BootImage(Version), Root);
    }

    /// <summary>Stopped when two of the three frames of root have been flushed.</summary>
    public async Task InterruptAsync()
    {
        using var stop = new CancellationTokenSource();
        var progress = new Watch(step =>
        {
            if (step is { What: "root image", Done: >= 2 * TestRepository.FrameLength })
            {
                stop.Cancel();
            }
        });
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PrepareAsync(progress, stop.Token));
        Assert.True(Host.Journal.Checkpoint!.Images["root"].FileOffset > TestRepository.FrameLength);
    }

    public async Task PrepareAsync(IProgress<TransferStep>? progress = null, CancellationToken stop = default)
    {
        var updater = new Updater(Host.Host, new SandboxReboot(Host.Paths)) { Checkpoint = TestRepository.FrameLength };
        await Host
            .Time.RunAsync(updater.PrepareAsync(new(), progress, stop))
            .WaitAsync(s_longest, CancellationToken.None);
    }

    /// <summary>Prepares, and finds the outcome in the error and on the disk; then with the fault gone, success.</summary>
    public async Task MeetsAsync(Outcome expected)
    {
        if (expected.Code is not null)
        {
            await FailsAsync(expected);
            Server.Answer = request => request.GoodAsync();
            Host.Medium = disk => disk;
        }
        else
        {
            await PrepareAsync();
            AssertHolds();
        }
    }

    /// <summary>After a failure nothing must be in the way of the next prepare.</summary>
    public async Task RecoversAsync()
    {
        try
        {
            await PrepareAsync();
        }
        catch (UpdateException e) when (e.Code == ErrorCodes.NothingToDo)
        {
            // It is complete.
        }

        AssertHolds();
    }

    public void Dispose()
    {
        Server.Dispose();
        Host.Dispose();
    }

    private async Task FailsAsync(Outcome expected)
    {
        var thrown = await Assert.ThrowsAnyAsync<Exception>(() => PrepareAsync());
        var fault = Faults.From(thrown);
        Assert.True(
            (expected.Code, expected.Exit) == (fault.Code.Name, (int)fault.Code.Exit),
            $"expected {expected}, but it is {fault.Code}: {thrown}"
        );
        Assert.Contains(expected.Says, fault.Message, StringComparison.Ordinal);
        Assert.NotNull(fault.NextStep);

        var after = Host.Disk;
        AssertOthersUntouched(after);
        if (expected.BeforeFirstWrite)
        {
            Assert.Equal(s_fallback, Host.Flags("B"));
            Assert.True(after.AsSpan(BootB..Private).SequenceEqual(_before.AsSpan(BootB..Private)), "B was written");
            return;
        }

        Assert.Equal("prepare-failed", Host.Events.Last());
        if (expected.AfterLastWrite)
        {
            AssertHolds();
            Assert.Equal("A", Host.Boot());
            await Host.ConfirmAsync();
            return;
        }

        Assert.Equal(BootFlags.Cleared, Host.Flags("B"));
        var refused = await Assert.ThrowsAsync<UpdateException>(() => Host.ActivateAsync());
        Assert.Equal(ErrorCodes.StepNotAllowed, refused.Code);
        Assert.Equal("A", Host.Boot());
        await Host.ConfirmAsync();
    }

    private void AssertHolds()
    {
        AssertOthersUntouched(Host.Disk);
        Assert.Equal(new BootFlags(0, 3, false), Host.Flags("B"));
        var boot = Sandbox.BootImage(Version);
        Assert.True(boot.AsSpan().SequenceEqual(Host.Content("B", "boot", boot.Length)), "boot is another image");
        Assert.True(Root.AsSpan().SequenceEqual(Host.Content("B", "root", Root.Length)), "root is another image");
        Assert.Equal(Version, Host.Journal.Slots["B"].Version);
        Assert.Null(Host.Journal.Writing);
    }

    /// <summary>The running slot, the private partition and what belongs to nobody.</summary>
    private void AssertOthersUntouched(byte[] after)
    {
        const int Table = 64 * 1024;
        foreach (var range in (Range[])[(int)Sandbox.MiB..BootB, Private..^Table])
        {
            Assert.True(after.AsSpan(range).SequenceEqual(_before.AsSpan(range)), $"bytes {range} were written");
        }

        Assert.True(Host.Flags("A") is { Priority: > 0, Successful: true });
    }

    private static byte[] Noise(int seed)
    {
        var image = new byte[2_500_001];
        new Random(seed).NextBytes(image);
        return image;
    }
}
