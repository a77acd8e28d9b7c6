using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace SystemTests.Harness;

/// <summary>One host in a directory of its own.</summary>
internal sealed class Sandbox
{
    public const string NobodyListens = "http://127.0.0.1:9";

    private readonly Kit _kit;

    public Sandbox(Kit kit, string host) => (_kit, Host) = (kit, host);

    public string Host { get; }

    /// <summary>The image, or the device that stands in its place: cgpt follows no links.</summary>
    public string Disk =>
        new FileInfo(Of("disk.img")) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(returnFinalTarget: true)!.FullName
            : Of("disk.img");

    public string State => Of("var/lib/update-engine");
    public string Config => Of("etc/update-engine/config.json");
    public string Socket => Of("run/update-engine/api.sock");
    public string Lock => Of("run/update-engine/lock");
    public string Journal => Of("var/lib/update-engine/journal.json");

    /// <summary>1.0.0 runs in slot A and was judged good; the repository's newest release is the one named.</summary>
    public static async Task<Sandbox> JudgedAsync(Kit kit, string newest = "1.1.0")
    {
        var sandbox = await CopyOfAsync(kit, "host-judged");
        sandbox.Follow(await kit.ServedAsync(newest));
        return sandbox;
    }

    public static async Task<Sandbox> CopyOfAsync(Kit kit, string host)
    {
        var directory = Path.Combine(kit.NewDirectory(), "h");
        await Kit.CopyAsync(kit.Of(host), directory);
        return new Sandbox(kit, directory);
    }

    /// <summary>A copy of this host as it is now.</summary>
    public async Task<Sandbox> CopyAsync()
    {
        var directory = Path.Combine(_kit.NewDirectory(), "h");
        await Kit.CopyAsync(Host, directory);
        return new Sandbox(_kit, directory);
    }

    /// <summary>Disk and memory as those of another host with the same disk; a device in the place of the disk stays where it is.</summary>
    public async Task RestoreAsync(Sandbox template)
    {
        var disk = await RunningProgram.RunAsync(
            "/bin/dd",
            $"if={template.Disk}",
            $"of={Disk}",
            "bs=1M",
            "conv=notrunc"
        );
        disk.Expect(0);
        Directory.Delete(State, recursive: true);
        await Kit.CopyAsync(template.State, State);
    }

    public string Of(string path) => Path.Combine(Host, path);

    public void Follow(string url) =>
        Configure(c =>
            c["repository"] = new JsonObject
            {
                ["metadata_url"] = $"{url}/metadata",
                ["targets_url"] = $"{url}/targets",
            }
        );

    public void Configure(Action<JsonObject> change)
    {
        var config = JsonNode.Parse(File.ReadAllText(Config))!.AsObject();
        change(config);
        File.WriteAllText(Config, config.ToJsonString());
    }

    public Task<RunResult> UpdatectlAsync(params string[] args) =>
        RunningProgram.RunAsync(Programs.Updatectl, ["--root", Host, .. args]);

    public RunningProgram StartUpdatectl(params string[] args) =>
        RunningProgram.Start(Programs.Updatectl, ["--root", Host, .. args]);

    /// <summary>The power comes (back): the boot selector chooses.</summary>
    public Task<RunResult> BootAsync()
    {
        File.Delete(Of("run/update-engine/booted"));
        return RunningProgram.RunAsync(Programs.BootSelector, "--root", Host);
    }

    public async Task MustAsync(params string[] args) => (await UpdatectlAsync(args)).Expect(0);

    /// <summary>From "judged" to 1.1.0 on trial in slot B: booted, not yet confirmed.</summary>
    public async Task UpdateAndBootAsync()
    {
        await MustAsync("prepare");
        await MustAsync("activate");
        (await BootAsync()).Expect(0);
    }

    /// <summary>A required health check that fails for this version.</summary>
    public void FailHealthOf(string version)
    {
        var check = Of("etc/update-engine/health.d/required/10-shop-answers");
        File.WriteAllText(
            check,
            $$"""
            #!/bin/sh
            # class: image
            # timeout: 30s
            [ "$UPDATE_ENGINE_VERSION" != {{version}} ] || { echo "the shop answers 500 Internal Server Error"; exit 1; }
            """
        );
        File.SetUnixFileMode(check, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>SHA-256 over the disk and every file of the state directory.</summary>
    /// <param name="butNotMemory">Leaves out what a look at the repository may renew: trusted metadata, the last check, the history.</param>
    public string Fingerprint(bool butNotMemory = false)
    {
        var text = new StringBuilder();
        if (File.Exists(Disk))
        {
            text.AppendLine($"disk {Images.Digest(Disk)}");
        }

        var files = Directory.Exists(State) ? Directory.GetFiles(State, "*", SearchOption.AllDirectories) : [];
        foreach (var file in files.Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(State, file);
            if (
                butNotMemory
                && (name.StartsWith("tuf/", StringComparison.Ordinal) || name is "last-check.json" or "history.jsonl")
            )
            {
                continue;
            }

            text.AppendLine($"{name} {Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file)))}");
        }

        return text.ToString();
    }
}
