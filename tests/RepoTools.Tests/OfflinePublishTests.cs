using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>`publish --offline`: the keys of the top-level roles are on other machines.</summary>
public sealed class OfflinePublishTests
{
    [Fact]
    public async Task A_release_is_published_with_every_signature_made_elsewhere()
    {
        using var repository = await TestRepository.CreateAsync(targetsThreshold: 2);
        await repository.AddAsync("1.2.0");
        string[] publish = ["publish", repository.Path, "--offline", repository.Of("signing"), "--json"];

        Assert.Equal(("targets", 0), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.targets", "targets");
        Assert.Equal(("targets", 1), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.targets", "targets2");
        Assert.Equal(("snapshot", 0), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.snapshot", "snapshot");
        Assert.Equal(("timestamp", 0), Waiting(await repository.MustAsync(publish)));
        Assert.Single(Directory.EnumerateFiles(repository.Workspace.Metadata));
        await SignAsync(repository, "1.timestamp", "timestamp");
        var done = await repository.MustAsync(publish);

        Assert.Equal(
            System.Text.Json.JsonValueKind.Null,
            done.Json.GetProperty("versions").GetProperty("waiting").ValueKind
        );
        Assert.Single((await repository.ReadAsHostAsync()).Manifest!.Updates);
        Assert.Empty(Directory.EnumerateFiles(repository.Of("signing")));
    }

    [Fact]
    public async Task Only_the_targets_key_is_elsewhere_and_a_day_may_pass_before_its_signature_comes_back()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        string[] publish = [.. repository.PublishOnlyRoles(), .. (string[])["--offline", repository.Of("signing")]];

        var text = (await repository.MustAsync(publish)).Out;
        Assert.Contains("nothing is published yet: targets version 1 has 0 of 1", text, StringComparison.Ordinal);
        var root = Path.Combine(repository.Workspace.Metadata, "1.root.json");
        Assert.Contains($"1.targets.json --root {root} --key", text, StringComparison.Ordinal);
        repository.Time.Now += TimeSpan.FromDays(1);
        await SignAsync(repository, "1.targets", "targets");
        await repository.MustAsync(publish);

        Assert.Single((await repository.ReadAsHostAsync()).Manifest!.Updates);
    }

    [Fact]
    public async Task A_signature_over_what_the_draft_was_before_publishes_nothing()
    {
        using var repository = await TestRepository.CreateAsync();
        await repository.AddAsync("1.2.0");
        string[] publish =
        [
            .. repository.PublishOnlyRoles(),
            .. (string[])["--offline", repository.Of("signing"), "--json"],
        ];
        await repository.MustAsync(publish);
        await SignAsync(repository, "1.targets", "targets");

        await repository.AddAsync("1.3.0");
        Assert.Equal(("targets", 0), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.targets", "targets");
        // Who can write to the directory adds a target of his own: it is not what the draft says.
        var file = repository.Of("signing/1.targets.json");
        File.WriteAllText(file, File.ReadAllText(file).Replace("1.3.0-root", "6.6.6-root", StringComparison.Ordinal));
        Assert.Equal(("targets", 0), Waiting(await repository.MustAsync(publish)));
        Assert.Single(Directory.EnumerateFiles(repository.Workspace.Metadata));
    }

    [Fact]
    public async Task An_export_that_has_expired_and_a_strangers_signature_are_not_taken()
    {
        using var repository = await TestRepository.CreateAsync();
        string[] publish =
        [
            .. repository.PublishOnlyRoles(),
            .. (string[])["--offline", repository.Of("signing"), "--json"],
        ];
        await repository.MustAsync(publish);
        await SignAsync(repository, "1.targets", "stranger", root: false);
        Assert.Equal(("targets", 0), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.targets", "targets");
        repository.Time.Now += TimeSpan.FromDays(91);

        Assert.Equal(("targets", 0), Waiting(await repository.MustAsync(publish)));
    }

    [Fact]
    public async Task Delegated_roles_are_signed_elsewhere_too_before_what_names_them()
    {
        using var repository = await TestRepository.CreateAsync();
        repository.NewKey("apps");
        // A key of this kind never makes the same signature twice.
        await repository.MustAsync(["key", "generate", repository.Key("tools"), "--type", "ecdsa-p256"]);
        foreach (var role in (string[])["apps", "tools"])
        {
            await repository.MustAsync(
                ["delegation", "add", repository.Path, role, "--key", repository.Key(role)],
                ["--paths", $"{role}/*"]
            );
            await repository.AddHelloAsync($"{role}/hello.txt");
        }

        // One of the roles' keys is here, as that of targets is.
        string[] publish =
        [
            .. (string[])["publish", repository.Path, "--offline", repository.Of("signing"), "--json"],
            .. (string[])["--targets-key", repository.Key("targets"), "--role-key", $"tools={repository.Key("tools")}"],
        ];
        Assert.Equal(("apps", 0), Waiting(await repository.MustAsync(publish)));
        var text = (await repository.MustAsync(publish.Except(["--json"]).ToArray())).Out;
        Assert.Contains("attach " + repository.Of("signing/1.apps.json") + " --key", text, StringComparison.Ordinal);
        await SignAsync(repository, "1.apps", "stranger", root: false);
        Assert.Equal(("apps", 0), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.apps", "apps", root: false);
        // Time passes between the signatures: what was signed stays what it is.
        repository.Time.Now += TimeSpan.FromHours(1);
        Assert.Equal(("snapshot", 0), Waiting(await repository.MustAsync(publish)));
        await SignAsync(repository, "1.snapshot", "snapshot");
        repository.Time.Now += TimeSpan.FromHours(1);
        Assert.Equal(("timestamp", 0), Waiting(await repository.MustAsync(publish)));
        Assert.Single(Directory.EnumerateFiles(repository.Workspace.Metadata));
        await SignAsync(repository, "1.timestamp", "timestamp");
        await repository.MustAsync(publish);

        Assert.Equal("hello", await repository.ReadAsync("apps/hello.txt"));
        Assert.Equal("hello", await repository.ReadAsync("tools/hello.txt"));
        Assert.Empty(Directory.EnumerateFiles(repository.Of("signing")));
    }

    private static (string Role, int Signatures) Waiting(ToolResult result)
    {
        var waiting = result.Json.GetProperty("versions").GetProperty("waiting");
        return (waiting.GetProperty("role").GetString()!, waiting.GetProperty("signatures").GetInt32());
    }

    private static async Task SignAsync(TestRepository repository, string file, string key, bool root = true)
    {
        var (path, signature) = (repository.Of($"signing/{file}"), repository.Of("signature"));
        await repository.MustAsync([
            "payload",
            "sign",
            $"{path}.payload",
            "--key",
            repository.Key(key),
            "--out",
            signature,
        ]);
        await repository.MustAsync(
            ["signature", "attach", $"{path}.json", "--key", repository.Key(key), "--signature", signature],
            root ? ["--root", repository.RootFile] : []
        );
    }
}
