using System.Text;
using System.Text.Json;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>What docs/operations tells: every line of shell, run as it stands there, one page after the other.</summary>
public sealed class OperationsDocumentTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Every_line_of_the_ceremonies_works_as_it_stands_there()
    {
        RequireTokens();
        var result = await RunAsync("root-ceremony.md", "lost-key.md");

        AssertOnlyProgress(result.Error);
        Assert.EndsWith("0 release(s) published, no draft\nEND OF lost-key.md\n", result.Out, StringComparison.Ordinal);
        // Root 5 by now, and everything signed by whom it names.
        Assert.Contains("\nrepo: root version 5 is published", result.Out, StringComparison.Ordinal);
        Assert.Contains("token-repo: root version 2 is published", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("refuse this repository", result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_line_about_keys_works_as_it_stands_there()
    {
        RequireTokens();
        var result = await RunAsync("keys.md");

        AssertOnlyProgress(result.Error);
        // The key that was put into the token is the one of the file.
        var ids = result.Out.Split('\n').Where(line => line.StartsWith("key id ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(ids, id => ids.Count(other => other == id) == 2);
    }

    [Fact]
    public async Task Every_line_for_a_timer_works_as_it_stands_there()
    {
        var result = await RunAsync("cron.md");

        Assert.Empty(result.Error);
        Assert.Contains("timestamp  3        ", result.Out, StringComparison.Ordinal);
        var expiry = JsonDocument.Parse(File.ReadAllText(_directory.Of("expiry.json")));
        Assert.Equal("fine", expiry.RootElement.GetProperty("state").GetString());
    }

    [Fact]
    public async Task Every_line_for_an_air_gap_works_as_it_stands_there()
    {
        await RunAsync("air-gapped-mirror.md");

        var publisher = FileTree.Served(_directory.Of("publisher/repo")).ToDictionary();
        var inside = FileTree.Served(_directory.Of("inside/www")).ToDictionary();
        // Of the state before the first copy nothing came along, and all else is the publisher's.
        Assert.All(inside, file => Assert.Equal(publisher[file.Key], file.Value));
        Assert.Equal(6, inside.Keys.Count(path => path.EndsWith(".img.zst", StringComparison.Ordinal)));
        Assert.Contains("metadata/3.snapshot.json", inside.Keys);
        Assert.Equal(FileTree.Served(_directory.Of("inside/mirror")), inside);
    }

    [Fact]
    public async Task Every_line_for_an_object_store_works_as_it_stands_there()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/rclone"), "rclone is not installed");
        using var repository = await TestRepository.CreateAsync(now: TimeProvider.System.GetUtcNow());
        await CloneTests.PublishAsync(repository, "1.2.0");
        Directory.Move(repository.Path, _directory.Of("repo"));
        File.WriteAllText(
            _directory.Of("aws"),
            "#!/bin/sh -e\nto=aws/${4#s3://}\nmkdir -p \"$(dirname \"$to\")\"\ncp \"$3\" \"$to\"\necho \"$@\" >> aws.log\n"
        );
        File.SetUnixFileMode(_directory.Of("aws"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateDirectory(_directory.Of("bin"));
        File.Move(_directory.Of("aws"), _directory.Of("bin/aws"));
        using var path = new EnvironmentValue(
            "PATH",
            $"{_directory.Of("bin")}:{Environment.GetEnvironmentVariable("PATH")}"
        );
        using var type = new EnvironmentValue("RCLONE_CONFIG_STORE_TYPE", "alias");
        using var remote = new EnvironmentValue("RCLONE_CONFIG_STORE_REMOTE", _directory.Of("rclone"));

        await RunAsync("object-stores.md");

        var served = FileTree.Served(_directory.Of("repo"));
        Assert.Equal(served, FileTree.Served(_directory.Of("aws/updates")));
        Assert.Equal(served, FileTree.Served(_directory.Of("rclone/updates")));
        Assert.EndsWith(
            "s3://updates/metadata/timestamp.json --content-type application/json --cache-control no-cache",
            File.ReadAllLines(_directory.Of("aws.log"))[^1],
            StringComparison.Ordinal
        );
    }

    private static void RequireTokens() =>
        Assert.SkipUnless(
            File.Exists(SoftToken.Module) && File.Exists("/usr/bin/pkcs11-tool"),
            "softhsm2 or opensc is not installed"
        );

    // The one command that copies, and pkcs11-tool, say there what they do.
    private static void AssertOnlyProgress(string error) =>
        Assert.All(
            error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.Matches("^(targets: |Using signature algorithm)", line)
        );

    private async Task<ToolResult> RunAsync(params string[] pages)
    {
        // What a page starts in the background ends with it.
        var script = new StringBuilder("set -e\ntrap 'kill $(jobs -p) 2> /dev/null || true' EXIT\n");
        script.Append("export DOTNET_TieredPGO=0\n");
        script.Append($"PATH='{AppContext.BaseDirectory}':$PATH\ncd '{_directory.Path}'\n");
        foreach (var page in pages)
        {
            script.AppendJoin('\n', Shell(page)).Append("\necho \"END OF ").Append(page).Append("\"\n");
        }

        var result = await Tool.WitnessAsync("bash", "-c", script.ToString());
        Assert.True(result.Code == 0, $"{result.Out}\n{result.Error}");
        return result;
    }

    private static IEnumerable<string> Shell(string page)
    {
        var inside = false;
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, page)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                inside = line == "```sh";
            }
            else if (inside)
            {
                yield return line;
            }
        }
    }

    public void Dispose() => _directory.Dispose();
}
