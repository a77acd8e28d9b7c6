namespace SystemTests;

/// <summary>A configuration that can't be used is refused by each program with 78, and the sentence names the file and the field.</summary>
public sealed class ConfigurationFaultTests(Kit kit)
{
    public static TheoryData<string, string> Faults =>
        new()
        {
            { "{ \"disk\": ", "not valid JSON" },
            { "", "not valid JSON" },
            { "[]", "wrong type" },
            { "null", "null" },
            { Config("\"colour\": \"red\""), "colour" },
            { Config("\"seed\": \"seven\""), "seed" },
            { Config("\"seed\": 2048"), "seed" },
            { Config("\"trial_tries\": 0"), "trial_tries" },
            { Config("\"trial_tries\": 1.5"), "trial_tries" },
            { Config("\"check_interval\": \"soon\""), "check_interval" },
            { Config("\"stall_timeout\": 30"), "stall_timeout" },
            { Config("\"automation\": \"full\""), "automation" },
            { Config("\"variant\": \"\""), "variant" },
            { Config("\"disk\": \"other.img\""), "same key twice" },
            { "{ \"repository\": { \"metadata_url\": \"http://a/m\", \"targets_url\": \"http://a/t\" } }", "\"disk\"" },
            {
                "{ \"disk\": \"disk.img\", \"repository\": { \"metadata_url\": \"http://a/m\" } }",
                "repository.targets_url"
            },
            { "{ \"disk\": \"disk.img\" }", "repository.metadata_url" },
            {
                "{ \"disk\": \"disk.img\", \"repository\": { \"metadata_url\": \"mirror\", \"targets_url\": \"http://a/t\" } }",
                "repository.metadata_url"
            },
            {
                "{ \"disk\": \"disk.img\", \"repository\": { \"metadata_url\": \"ftp://a/m\", \"targets_url\": \"http://a/t\" } }",
                "repository.metadata_url"
            },
            {
                "{ \"disk\": \"disk.img\", \"repository\": { \"metadata_url\": \"http://a/m\", \"targets_uri\": \"http://a/t\" } }",
                "targets_uri"
            },
        };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_configuration_fault_is_named(string config, string name)
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        await File.WriteAllTextAsync(host.Config, config);
        var before = host.Fingerprint();

        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 78, host.Config, name);
        Refusal.IsClear(
            await RunningProgram.RunAsync(Programs.BootSelector, "--root", host.Host),
            78,
            host.Config,
            name
        );

        Assert.Equal(before, host.Fingerprint());
    }

    [Fact]
    public async Task A_fault_in_config_d_names_that_file_and_a_good_one_wins()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        var extra = host.Of("etc/update-engine/config.d/50-owner.json");
        Directory.CreateDirectory(Path.GetDirectoryName(extra)!);
        await File.WriteAllTextAsync(extra, "{ // the owner's\n \"trial_tries\": 99, }");
        Refusal.IsClear(await host.UpdatectlAsync("status"), 78, extra, "trial_tries", "99");

        await File.WriteAllTextAsync(extra, "{ // the owner's\n \"trial_tries\": 5, }");
        host.Follow(await kit.ServedAsync("1.1.0"));
        await host.MustAsync("prepare");
        Assert.Equal(new Flags(0, 5, 0), await Witness.FlagsAsync(host.Disk, "B"));
    }

    [Fact]
    public async Task A_missing_configuration_is_named_by_every_program()
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        File.Delete(host.Config);

        Refusal.IsClear(await host.UpdatectlAsync("status"), 78, host.Config, "missing");
        Refusal.IsClear(await RunningProgram.RunAsync(Programs.BootSelector, "--root", host.Host), 78, host.Config);
        Refusal.IsClear(await RunningProgram.RunAsync(Programs.Daemon, "--root", host.Host), 78, host.Config);
    }

    [Fact]
    public async Task A_missing_host_directory_is_named()
    {
        var nowhere = kit.Of("nowhere");

        Refusal.IsClear(await RunningProgram.RunAsync(Programs.Updatectl, "--root", nowhere, "status"), 78, nowhere);
        Refusal.IsClear(await RunningProgram.RunAsync(Programs.Daemon, "--root", nowhere), 78, nowhere);
        Refusal.IsClear(await RunningProgram.RunAsync(Programs.BootSelector, "--root", nowhere), 78, nowhere);
    }

    [Fact]
    public async Task A_missing_trust_anchor_is_named()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var anchor = host.Of("usr/share/update-engine/root.json");
        File.Delete(anchor);
        var before = host.Fingerprint();

        Refusal.IsClear(await host.UpdatectlAsync("check"), 78, anchor);
        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 78, anchor);
        Assert.Equal(before, host.Fingerprint());
    }

    [Theory]
    [InlineData("")]
    [InlineData("{ \"signed\": ")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task A_malformed_trust_anchor_is_refused(string content)
    {
        var host = await Sandbox.JudgedAsync(kit);
        await File.WriteAllTextAsync(host.Of("usr/share/update-engine/root.json"), content);
        var before = host.Fingerprint();

        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 65, "root");
        Assert.Equal(before, host.Fingerprint());
    }

    [Fact]
    public async Task A_trust_anchor_of_another_publisher_is_refused()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var (key, root) = (kit.Of("stranger.pem"), host.Of("usr/share/update-engine/root.json"));
        await Kit.RepoToolsAsync(["key", "generate", key]);
        File.Delete(root);
        await Kit.RepoToolsAsync(
            ["root", "create", "--out", root, "--root-key", key, "--targets-key", key],
            ["--snapshot-key", key, "--timestamp-key", key]
        );
        await Kit.RepoToolsAsync(["root", "sign", root, "--key", key]);
        var before = host.Fingerprint(butNotMemory: true);

        Refusal.IsClear(await host.UpdatectlAsync("prepare"), 65, "signature");
        Assert.Equal(before, host.Fingerprint(butNotMemory: true));
    }

    private static string Config(string more) =>
        "{ \"disk\": \"disk.img\", \"repository\": { \"metadata_url\": \"http://a/m\", \"targets_url\": \"http://a/t\" }, "
        + more
        + " }";
}
