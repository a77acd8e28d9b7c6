using System.Globalization;
using System.Text.Json;

namespace SystemTests;

/// <summary>`update-engine`: works by itself, answers in Bottlerocket's words, stops when it is told to.</summary>
public sealed class DaemonTests(Kit kit)
{
    private static readonly TimeSpan s_stopsWithin = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task It_prepares_a_release_by_itself_and_tells_it_in_the_words_of_bottlerocket()
    {
        var host = await WatchfulAsync(await kit.ServedAsync("1.1.0"));
        await using var daemon = await StartAsync(host);
        await WaitForStateAsync(host, daemon, "Staged");
        await Wait.UntilAsync("the command is told", async () => Command(await StatusAsync(host)) is not null);

        var status = await StatusAsync(host);

        Assert.Equal(
            ["1.1.0", "1.0.0"],
            status.GetProperty("available_updates").EnumerateArray().Select(v => v.GetString())
        );
        AssertImage("1.0.0", status.GetProperty("active_partition").GetProperty("image"));
        Assert.True(status.GetProperty("active_partition").GetProperty("next_to_boot").GetBoolean());
        AssertImage("1.1.0", status.GetProperty("staging_partition").GetProperty("image"));
        Assert.False(status.GetProperty("staging_partition").GetProperty("next_to_boot").GetBoolean());
        var command = Command(status)!.Value;
        Assert.Equal("prepare", command.GetProperty("cmd_type").GetString());
        Assert.Equal("Success", command.GetProperty("cmd_status").GetString());
        Assert.Equal(0, command.GetProperty("exit_status").GetInt32());
        Assert.Equal("", command.GetProperty("stderr").GetString());
        Assert.True(
            DateTimeOffset.TryParse(command.GetProperty("timestamp").GetString(), CultureInfo.InvariantCulture, out _)
        );
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));

        // It goes no further by itself; an operator does, while the daemon keeps looking.
        await Wait.UntilAsync(
            "the operator gets through",
            async () => (await host.UpdatectlAsync("activate")).Code == 0
        );
        await WaitForStateAsync(host, daemon, "Ready");
        var ready = await StatusAsync(host);
        Assert.True(ready.GetProperty("staging_partition").GetProperty("next_to_boot").GetBoolean());
        Assert.False(ready.GetProperty("active_partition").GetProperty("next_to_boot").GetBoolean());
        await Witness.AgreesAsync(host);
        await StopAsync(host, daemon);
    }

    [Theory]
    [InlineData("1.1.0", "Available")]
    [InlineData("1.0.0", "Idle")]
    public async Task With_automation_check_it_only_looks(string newest, string state)
    {
        var host = await WatchfulAsync(await kit.ServedAsync(newest));
        host.Configure(c => c["automation"] = "check");
        await using var daemon = await StartAsync(host);
        await Wait.UntilAsync(
            "it looked",
            async () => Command(await StatusAsync(host)) is not null,
            () => daemon.Error
        );

        var status = await StatusAsync(host);

        Assert.Equal(state, status.GetProperty("update_state").GetString());
        Assert.Equal("refresh", Command(status)!.Value.GetProperty("cmd_type").GetString());
        var chosen = status.GetProperty("chosen_update");
        if (state == "Idle")
        {
            Assert.Equal(JsonValueKind.Null, chosen.ValueKind);
        }
        else
        {
            AssertImage(newest, chosen);
        }

        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "B"));
        await StopAsync(host, daemon);
    }

    [Fact]
    public async Task With_automation_off_it_answers_and_does_nothing()
    {
        var host = await WatchfulAsync(Sandbox.NobodyListens);
        host.Configure(c => c["automation"] = "off");
        var before = host.Fingerprint();
        await using var daemon = await StartAsync(host);

        var status = await StatusAsync(host);
        Assert.Equal("Idle", status.GetProperty("update_state").GetString());
        Assert.Equal(JsonValueKind.Null, status.GetProperty("most_recent_command").ValueKind);
        var os = await GetAsync(host, "/os");
        Assert.Equal("1.0.0", os.GetProperty("version_id").GetString());
        Assert.Equal("demo", os.GetProperty("variant_id").GetString());
        Assert.Equal("x86_64", os.GetProperty("arch").GetString());

        await StopAsync(host, daemon);
        Assert.Equal(before, host.Fingerprint());
    }

    [Fact]
    public async Task What_fails_is_told_and_tried_again()
    {
        var host = await WatchfulAsync(await kit.ServedAsync("1.1.0"));
        var journal = await File.ReadAllTextAsync(host.Journal);
        await File.WriteAllTextAsync(host.Journal, "{ torn");
        await using var daemon = await StartAsync(host);
        await Wait.UntilAsync(
            "the failure is told",
            async () =>
                Command(await StatusAsync(host)) is { } c && c.GetProperty("cmd_status").GetString() == "Failed",
            () => daemon.Error
        );
        var failed = Command(await StatusAsync(host))!.Value;
        Assert.Equal(73, failed.GetProperty("exit_status").GetInt32());
        Assert.Contains("journal.json", failed.GetProperty("stderr").GetString(), StringComparison.Ordinal);

        await File.WriteAllTextAsync(host.Journal, journal);

        await WaitForStateAsync(host, daemon, "Staged");
        await StopAsync(host, daemon);
    }

    [Fact]
    public async Task It_stops_in_the_middle_of_a_prepare()
    {
        await using var server = BadServer.Stalling(kit.Repository("1.1.0"));
        var host = await WatchfulAsync(server.Url);
        await using var daemon = await StartAsync(host);
        await Wait.UntilAsync("the slot is being written", () => server.ImageBytes >= 1 << 20, () => daemon.Error);
        Assert.Contains(
            "Running now: prepare",
            (await host.UpdatectlAsync("status")).Expect(0).Out,
            StringComparison.Ordinal
        );

        await StopAsync(host, daemon);

        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "B"));
        await Witness.AgreesAsync(host);
        host.Follow(await kit.ServedAsync("1.1.0"));
        await host.MustAsync("prepare");
        await Witness.HoldsAsync(host, "B", kit.RootImage("1.1.0"));
    }

    [Fact]
    public async Task Updatectl_cancel_stops_its_prepare_and_not_the_daemon()
    {
        await using var server = BadServer.Stalling(kit.Repository("1.1.0"));
        var host = await WatchfulAsync(server.Url);
        host.Configure(c => c["check_interval"] = "1h");
        await using var daemon = await StartAsync(host);
        await Wait.UntilAsync("the slot is being written", () => server.ImageBytes >= 1 << 20, () => daemon.Error);

        await host.MustAsync("cancel");

        await Wait.UntilAsync(
            "it is told",
            async () => Command(await StatusAsync(host)) is not null,
            () => daemon.Error
        );
        var command = Command(await StatusAsync(host))!.Value;
        Assert.Equal("Failed", command.GetProperty("cmd_status").GetString());
        Assert.Equal(130, command.GetProperty("exit_status").GetInt32());
        Assert.Equal(new Flags(0, 0, 0), await Witness.FlagsAsync(host.Disk, "B"));
        await StopAsync(host, daemon);
    }

    [Fact]
    public async Task A_second_one_is_refused_and_the_first_goes_on()
    {
        var host = await WatchfulAsync(await kit.ServedAsync("1.0.0"));
        await using var daemon = await StartAsync(host);

        var second = await RunningProgram.RunAsync(Programs.Daemon, "--root", host.Host);

        Refusal.IsClear(second, 75, "daemon.lock");
        await StatusAsync(host);
        await StopAsync(host, daemon);
    }

    [Fact]
    public async Task The_socket_of_a_killed_one_is_replaced()
    {
        var host = await WatchfulAsync(await kit.ServedAsync("1.0.0"));
        await using (var killed = await StartAsync(host))
        {
            killed.Signal(RunningProgram.Kill);
            await killed.EndAsync();
        }

        Assert.True(File.Exists(host.Socket), "a kill leaves the socket");
        await using var daemon = await StartAsync(host);
        await StatusAsync(host);
        await StopAsync(host, daemon);
    }

    [Theory]
    [InlineData("check_interval", "soon")]
    [InlineData("colour", "red")]
    public async Task A_configuration_that_it_cannot_use_is_refused_at_start(string field, string value)
    {
        var host = await WatchfulAsync(Sandbox.NobodyListens);
        host.Configure(c => c[field] = value);

        Refusal.IsClear(await RunningProgram.RunAsync(Programs.Daemon, "--root", host.Host), 78, host.Config, field);

        Assert.False(File.Exists(host.Socket));
    }

    [Fact]
    public async Task What_is_not_there_is_404_and_a_host_that_is_off_still_answers()
    {
        var host = await WatchfulAsync(Sandbox.NobodyListens);
        File.Delete(host.Of("run/update-engine/booted"));
        await using var daemon = await StartAsync(host);
        using var http = Client(host);

        using var missing = await http.GetAsync(new Uri("http://localhost/nonsense"));
        Assert.Equal(404, (int)missing.StatusCode);
        var status = await StatusAsync(host);
        Assert.Equal(JsonValueKind.Null, status.GetProperty("active_partition").ValueKind);
        File.Move(host.Disk, host.Disk + ".away");
        using var broken = await http.GetAsync(new Uri("http://localhost/updates/status"));
        Assert.Equal(500, (int)broken.StatusCode);
        Assert.Contains("disk-unreadable", await broken.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await StopAsync(host, daemon);
    }

    private async Task<Sandbox> WatchfulAsync(string url)
    {
        var host = await Sandbox.CopyOfAsync(kit, "host-judged");
        host.Follow(url);
        host.Configure(c => c["check_interval"] = "1s");
        return host;
    }

    private static async Task<RunningProgram> StartAsync(Sandbox host)
    {
        var daemon = RunningProgram.Start(Programs.Daemon, "--root", host.Host);
        await Wait.UntilAsync(
            "the daemon answers",
            async () =>
            {
                Assert.False(daemon.HasExited, $"the daemon ended: {daemon.Error}");
                try
                {
                    await GetAsync(host, "/updates/status", mustSucceed: false);
                    return true;
                }
                catch (HttpRequestException)
                {
                    return false;
                }
            },
            () => daemon.Error
        );
        return daemon;
    }

    private static async Task StopAsync(Sandbox host, RunningProgram daemon)
    {
        daemon.Signal(RunningProgram.Terminate);
        var ended = await daemon.EndAsync(s_stopsWithin);
        ended.Expect(0);
        Assert.DoesNotContain("   at ", ended.Out + ended.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(host.Socket), "the socket is removed");
    }

    private static Task WaitForStateAsync(Sandbox host, RunningProgram daemon, string state) =>
        Wait.UntilAsync(
            $"the state is {state}",
            async () => (await StatusAsync(host)).GetProperty("update_state").GetString() == state,
            () => daemon.Error
        );

    private static Task<JsonElement> StatusAsync(Sandbox host) => GetAsync(host, "/updates/status");

    private static async Task<JsonElement> GetAsync(Sandbox host, string path, bool mustSucceed = true)
    {
        using var http = Client(host);
        using var answer = await http.GetAsync(new Uri("http://localhost" + path));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode || !mustSucceed, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private static HttpClient Client(Sandbox host) =>
        new(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, stop) =>
                {
                    var socket = new System.Net.Sockets.Socket(
                        System.Net.Sockets.AddressFamily.Unix,
                        System.Net.Sockets.SocketType.Stream,
                        System.Net.Sockets.ProtocolType.Unspecified
                    );
                    await socket.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(host.Socket), stop);
                    return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
                },
            }
        );

    private static JsonElement? Command(JsonElement status) =>
        status.GetProperty("most_recent_command") is { ValueKind: JsonValueKind.Object } command ? command : null;

    private static void AssertImage(string version, JsonElement image)
    {
        Assert.Equal(version, image.GetProperty("version").GetString());
        Assert.Equal("demo", image.GetProperty("variant").GetString());
        Assert.Equal("x86_64", image.GetProperty("arch").GetString());
    }
}
