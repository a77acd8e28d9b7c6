namespace SystemTests;

/// <summary>State directories that are full, that can't be written, or that are damaged: the flags stay, and the way out is named.</summary>
public sealed class StateFaultTests(Kit kit)
{
    [Fact]
    public async Task A_full_state_directory_stops_a_prepare_before_any_change()
    {
        var host = await Sandbox.JudgedAsync(kit);
        var before = Images.Digest(host.Disk);

        var refused = await InSmallStateAsync(host, "prepare");

        Refusal.IsClear(refused, 73, host.State);
        Assert.Equal(before, Images.Digest(host.Disk));
    }

    [Fact]
    public async Task A_full_state_directory_does_not_keep_a_bad_slot_running()
    {
        var host = await Sandbox.JudgedAsync(kit);
        host.FailHealthOf("1.1.0");
        await host.UpdateAndBootAsync();

        var verdict = (await InSmallStateAsync(host, "confirm")).Expect(74);

        Assert.Contains("going back to slot A", verdict.Out, StringComparison.Ordinal);
        Assert.Contains("denied.json could not be written", verdict.Out, StringComparison.Ordinal);
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "B"));
        Assert.Equal(new Flags(1, 0, 1), await Witness.FlagsAsync(host.Disk, "A"));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("prepare")]
    [InlineData("deny add 1.1.0")]
    public async Task A_state_directory_that_is_a_file_is_named(string line)
    {
        var host = await Sandbox.JudgedAsync(kit);
        Directory.Delete(host.State, recursive: true);
        await File.WriteAllTextAsync(host.State, "");
        var before = Images.Digest(host.Disk);

        var refused = await host.UpdatectlAsync(line.Split(' '));

        Assert.True(refused.Code is 73 or 76, $"{refused}");
        Refusal.Says(refused);
        Assert.Equal(before, Images.Digest(host.Disk));
    }

    [Theory]
    [InlineData("check")]
    [InlineData("prepare")]
    [InlineData("deny add 1.1.0")]
    public async Task A_state_directory_that_is_mounted_read_only_is_named(string line)
    {
        var host = await Sandbox.JudgedAsync(kit);
        var before = host.Fingerprint();

        var refused = await MountedAsync(
            host,
            $"mount --bind \"$state\" \"$state\" && mount -o remount,ro,bind \"$state\"",
            line
        );

        Refusal.IsClear(refused, 73, host.State);
        Assert.Equal(before, host.Fingerprint());
    }

    [Fact]
    public async Task A_lost_state_directory_is_said_and_the_host_goes_on()
    {
        var host = await Sandbox.JudgedAsync(kit);
        await host.UpdateAndBootAsync();
        await host.MustAsync("confirm");
        Directory.Delete(host.State, recursive: true);

        var status = (await host.UpdatectlAsync("status")).Expect(0);
        Assert.Contains("history.jsonl is missing", status.Out, StringComparison.Ordinal);
        Assert.Contains("1.1.0", status.Out, StringComparison.Ordinal);
        await Witness.AgreesAsync(host);

        await host.MustAsync("confirm");
        host.Follow(await kit.ServedAsync("1.2.0"));
        await host.MustAsync("prepare");
        await Witness.HoldsAsync(host, "A", kit.RootImage("1.2.0"));
    }

    [Theory]
    [InlineData("journal.json", "prepare")]
    [InlineData("denied.json", "prepare")]
    [InlineData("tuf/root.json", "check")]
    [InlineData("tuf/timestamp.json", "check")]
    public async Task A_damaged_state_file_is_named_or_made_anew(string file, string command)
    {
        var host = await Sandbox.JudgedAsync(kit);
        await host.MustAsync("check");
        await host.MustAsync("deny", "add", "9.9.9");
        var path = Path.Combine(host.State, file);
        Assert.True(File.Exists(path) || file.StartsWith("tuf/", StringComparison.Ordinal), path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        await File.WriteAllTextAsync(path, "{ \"torn\": ");
        var before = Images.Digest(host.Disk);

        (await host.UpdatectlAsync("status")).Expect(0);
        var result = await host.UpdatectlAsync(command);

        if (result.Code != 0)
        {
            Refusal.IsClear(result, 73, path);
            Assert.Equal(before, Images.Digest(host.Disk));
        }
    }

    /// <summary>Runs the command where the state directory is a file system of 64 KiB with no room left.</summary>
    private static Task<RunResult> InSmallStateAsync(Sandbox host, string command) =>
        MountedAsync(
            host,
            "cp -a \"$state\" \"$state.kept\" && mount -t tmpfs -o size=64k tmpfs \"$state\" && cp -a \"$state.kept/.\" \"$state/\" && "
                + "{ cat /dev/zero >\"$state/ballast\" 2>/dev/null || true; }",
            command
        );

    /// <summary>In a mount namespace of its own, as root there; needs no privilege where user namespaces are allowed.</summary>
    private static async Task<RunResult> MountedAsync(Sandbox host, string mount, string line)
    {
        var script =
            $"state=$1; shift; {{ {mount}; }} || {{ echo 'this machine allows no mounts in a namespace' >&2; exit 111; }}; exec \"$@\"";
        var result = await RunningProgram.RunAsync(
            Programs.Machine("unshare"),
            [
                "-rm",
                "/bin/sh",
                "-c",
                script,
                "sh",
                host.State,
                Programs.Updatectl,
                "--root",
                host.Host,
                .. line.Split(' '),
            ]
        );
        Assert.True(result.Code != 111, $"this test needs `unshare -rm` and mount: {result.Error}");
        return result;
    }
}
