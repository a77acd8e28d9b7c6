using System.Diagnostics;

namespace SystemTests;

/// <summary>Mirrors that are away, empty, slow to death, or liars: each with its exit code, the running slot untouched, the other one unbootable.</summary>
public sealed class NetworkFaultTests(Kit kit)
{
    [Fact]
    public async Task When_nobody_listens_it_is_said_within_a_bounded_time()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        var before = host.Fingerprint(butNotMemory: true);
        var watch = Stopwatch.StartNew();

        Refusal.IsClear(await host.UpdatectlAsync("check"), 69, Sandbox.NobodyListens);
        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 69, Sandbox.NobodyListens);

        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{watch.Elapsed}");
        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    [Fact]
    public async Task A_server_that_has_nothing_is_told_from_one_that_is_away()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        await using var empty = new BadServer(kit.Repository("1.1.0"), (_, _) => new BadAnswer(null));
        host.Follow(empty.Url);
        var before = host.Fingerprint(butNotMemory: true);

        Refusal.IsClear(await host.UpdatectlAsync("check"), 66, $"{empty.Url}/metadata/timestamp.json");
        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 66, "timestamp.json", "Check the URLs");

        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    [Fact]
    public async Task A_version_that_nobody_published_is_not_found()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var before = host.Fingerprint(butNotMemory: true);

        Refusal.IsClear(await host.UpdatectlAsync("prepare", "--pin", "7.7.7"), 66, "7.7.7");

        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    public static TheoryData<string, int> Lies =>
        new()
        {
            { "missing", 66 },
            { "truncated", 69 },
            { "short", 65 },
            { "trailing", 65 },
            { "other bytes", 65 },
            { "empty", 65 },
            { "endless", 65 },
            { "stalls", 69 },
        };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task An_image_that_is_not_as_signed_leaves_the_slot_unbootable(string lie, int code)
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-updated");
        await using var server = new BadServer(
            kit.Repository("1.2.0"),
            (path, body) => BadServer.IsRootImage(path) ? Lie(lie, body!) : new BadAnswer(body)
        );
        host.Follow(server.Url);
        host.Configure(c => c["stall_timeout"] = "1s");
        var running = await Witness.RootDigestAsync(host, "B", 12 * Images.MiB);

        var refused = await host.UpdatectlAsync("prepare");

        refused.Expect(code);
        Refusal.Says(refused with { Error = refused.Error.TrimEnd('\n').Split('\n')[^1] }, "root");
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "A"));
        Assert.Equal(new Flags(2, 0, 1), await Witness.FlagsAsync(host.Disk, "B"));
        Assert.Equal(running, await Witness.RootDigestAsync(host, "B", 12 * Images.MiB));
        await Witness.AgreesAsync(host);
        (await host.UpdatectlAsync("activate")).Expect(76);

        host.Follow(await kit.ServedAsync("1.2.0"));
        await host.MustAsync("prepare");
        await Witness.HoldsAsync(host, "A", kit.RootImage("1.2.0"));
    }

    private static BadAnswer Lie(string lie, byte[] body) =>
        lie switch
        {
            "missing" => new BadAnswer(null),
            // The connection ends before the announced length: the network's fault.
            "truncated" => new BadAnswer(body[..^1000], Announced: body.Length),
            // The server means it: another file.
            "short" => new BadAnswer(body[..^1000]),
            "trailing" => new BadAnswer([.. body, 0]),
            "other bytes" => new BadAnswer([.. body[..^1], (byte)(body[^1] ^ 1)]),
            "empty" => new BadAnswer([]),
            "endless" => new BadAnswer(new byte[body.Length * 4]),
            "stalls" => new BadAnswer(body, StallAfter: body.Length / 2),
            _ => throw new ArgumentOutOfRangeException(nameof(lie)),
        };
}
