namespace SystemTests;

/// <summary>The life of a host, with the real programs over HTTP; after each chapter programs of other authors must agree with what ours say.</summary>
public sealed class StoryTests(Kit kit)
{
    [Fact]
    public async Task A_host_updates_itself_survives_a_bad_release_refuses_two_attacks_and_hears_of_a_recall()
    {
        var repository = Path.Combine(kit.NewDirectory(), "repo");
        await Kit.CopyAsync(kit.Repository("1.0.0"), repository);
        await using var server = await RepositoryServer.StartAsync(repository);
        var host = await Sandbox.CopyOfAsync(kit, "host-factory");
        host.Follow(server.Url);
        host.FailHealthOf("1.2.0");

        await TheFactorySlotBootsAndIsGood(host);
        await AReleaseIsPreparedActivatedBootedAndMarkedGood(host, repository);
        await ABadReleaseIsLeftAndNotTakenAgain(host, repository);
        await AnImageOfTheSameLengthWithOtherContentIsRefused(host, repository);
        await AReplayedTimestampIsRefused(host, repository);
        await ARecallIsSaid(host, repository);
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));
    }

    private async Task TheFactorySlotBootsAndIsGood(Sandbox host)
    {
        var boot = (await host.BootAsync()).Expect(0);
        Assert.Equal($"update_engine.boot={await Witness.BootIdAsync(host.Disk, "A")}\n", boot.Out);
        await host.MustAsync("confirm");
        await Witness.AgreesAsync(host);
        Assert.Equal(new Flags(1, 0, 1), await Witness.FlagsAsync(host.Disk, "A"));
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "B"));
        Refusal.IsClearAnswer(await host.UpdatectlAsync("check"), 77, "1.0.0");
    }

    private async Task AReleaseIsPreparedActivatedBootedAndMarkedGood(Sandbox host, string repository)
    {
        await kit.ReleaseAsync(repository, "1.1.0");
        Refusal.IsClearAnswer(await host.UpdatectlAsync("check"), 0, "1.1.0 is available");
        var running = await Witness.RootDigestAsync(host, "A", 12 * Images.MiB);

        await host.MustAsync("prepare");
        await Witness.AgreesAsync(host);
        Assert.Equal(new Flags(0, 3, 0), await Witness.FlagsAsync(host.Disk, "B"));
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));

        await host.MustAsync("activate");
        await Witness.AgreesAsync(host);
        Assert.Equal(new Flags(2, 3, 0), await Witness.FlagsAsync(host.Disk, "B"));

        var boot = (await host.BootAsync()).Expect(0);
        Assert.Contains(await Witness.BootIdAsync(host.Disk, "B"), boot.Out, StringComparison.Ordinal);
        Assert.Equal(new Flags(2, 2, 0), await Witness.FlagsAsync(host.Disk, "B"));

        await host.MustAsync("confirm");
        await Witness.AgreesAsync(host);
        Assert.Equal(new Flags(1, 0, 1), await Witness.FlagsAsync(host.Disk, "A"));
        Assert.Equal(new Flags(2, 0, 1), await Witness.FlagsAsync(host.Disk, "B"));
        Assert.Equal(running, await Witness.RootDigestAsync(host, "A", 12 * Images.MiB));
    }

    private async Task ABadReleaseIsLeftAndNotTakenAgain(Sandbox host, string repository)
    {
        await kit.ReleaseAsync(repository, "1.2.0");
        await host.UpdateAndBootAsync();
        await Witness.AgreesAsync(host);

        var verdict = (await host.UpdatectlAsync("confirm")).Expect(74);
        Assert.Contains("the shop answers 500", verdict.Out, StringComparison.Ordinal);
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "A"));
        Assert.False(File.Exists(host.Of("run/update-engine/booted")), "the host was switched off");

        var back = (await host.BootAsync()).Expect(0);
        Assert.Contains(await Witness.BootIdAsync(host.Disk, "B"), back.Out, StringComparison.Ordinal);
        await host.MustAsync("confirm");
        await Witness.AgreesAsync(host);
        var before = host.Fingerprint(butNotMemory: true);
        Refusal.IsClearAnswer(await host.UpdatectlAsync("check"), 77, "1.2.0", "the shop answers 500");
        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 77, "1.2.0", "updatectl deny remove");
        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    private async Task AnImageOfTheSameLengthWithOtherContentIsRefused(Sandbox host, string repository)
    {
        File.Copy(Path.Combine(repository, "metadata/timestamp.json"), kit.Of("yesterdays-timestamp.json"));
        await kit.ReleaseAsync(repository, "1.3.0");
        var image = Directory.GetFiles(Path.Combine(repository, "targets"), "*-1.3.0-root*").Single();
        var genuine = await File.ReadAllBytesAsync(image);
        await File.WriteAllBytesAsync(image, await Attack.SameLengthAsync(kit.RootImage("1.3.0"), genuine.Length));
        var running = await Witness.RootDigestAsync(host, "B", 12 * Images.MiB);

        var refused = (await host.UpdatectlAsync("prepare")).Expect(65);

        Assert.Contains("1.3.0-root", refused.Error, StringComparison.Ordinal);
        await Witness.AgreesAsync(host);
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "A"));
        Assert.Equal(running, await Witness.RootDigestAsync(host, "B", 12 * Images.MiB));
        (await host.UpdatectlAsync("activate")).Expect(76);
        Assert.Contains(
            await Witness.BootIdAsync(host.Disk, "B"),
            (await host.BootAsync()).Expect(0).Out,
            StringComparison.Ordinal
        );
        await host.MustAsync("confirm");
        await File.WriteAllBytesAsync(image, genuine);
    }

    private async Task AReplayedTimestampIsRefused(Sandbox host, string repository)
    {
        var timestamp = Path.Combine(repository, "metadata/timestamp.json");
        var current = await File.ReadAllBytesAsync(timestamp);
        File.Copy(kit.Of("yesterdays-timestamp.json"), timestamp, overwrite: true);
        var before = host.Fingerprint();

        Refusal.IsClear(await host.UpdatectlAsync("check"), 65, "timestamp", "version");

        Assert.Equal(before, host.Fingerprint());
        await File.WriteAllBytesAsync(timestamp, current);
    }

    private async Task ARecallIsSaid(Sandbox host, string repository)
    {
        await Kit.RepoToolsAsync(
            ["release", "recall", repository, "--version", "1.1.0", "--variant", "demo", "--arch", "x86_64"],
            ["--reason", "loses orders at midnight"]
        );
        await kit.PublishAsync(repository);

        var check = (await host.UpdatectlAsync("check")).Expect(0);
        Assert.Contains("recalled by its publisher: loses orders at midnight", check.Out, StringComparison.Ordinal);
        Assert.Contains("1.3.0 is available", check.Out, StringComparison.Ordinal);
        var status = (await host.UpdatectlAsync("status")).Expect(0);
        Assert.Contains("loses orders at midnight", status.Out, StringComparison.Ordinal);
        await Witness.AgreesAsync(host);
    }
}
