using System.Text;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>Keys and ceremonies as docs/operations tells them: every line of shell, run as it stands there, one page after the other.</summary>
public sealed class OperationsDocumentTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Every_line_of_the_ceremonies_works_as_it_stands_there()
    {
        var output = await RunAsync("root-ceremony.md", "lost-key.md");

        Assert.EndsWith("0 release(s) published, no draft\nEND OF lost-key.md\n", output, StringComparison.Ordinal);
        // Root 5 by now, and everything signed by whom it names.
        Assert.Contains("\nrepo: root version 5 is published", output, StringComparison.Ordinal);
        Assert.Contains("token-repo: root version 2 is published", output, StringComparison.Ordinal);
        Assert.DoesNotContain("refuse this repository", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_line_about_keys_works_as_it_stands_there()
    {
        var output = await RunAsync("keys.md");

        // The key that was put into the token is the one of the file.
        var ids = output.Split('\n').Where(line => line.StartsWith("key id ", StringComparison.Ordinal)).ToArray();
        Assert.Contains(ids, id => ids.Count(other => other == id) == 2);
    }

    /// <returns>What the lines printed.</returns>
    private async Task<string> RunAsync(params string[] pages)
    {
        Assert.SkipUnless(
            File.Exists(SoftToken.Module) && File.Exists("/usr/bin/pkcs11-tool"),
            "softhsm2 or opensc is not installed"
        );
        var script = new StringBuilder("set -e\nexport DOTNET_TieredPGO=0\nrepo-tools() {\n");
        script.Append(
            $"    '{Path.Combine(AppContext.BaseDirectory, "repo-tools")}' \"$@\"\n}}\ncd '{_directory.Path}'\n"
        );
        foreach (var page in pages)
        {
            script.AppendJoin('\n', Shell(page)).Append("\necho \"END OF ").Append(page).Append("\"\n");
        }

        var result = await Tool.WitnessAsync("bash", "-c", script.ToString());

        Assert.True(result.Code == 0, $"{result.Out}\n{result.Error}");
        // pkcs11-tool says there what it does.
        Assert.All(
            result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => Assert.StartsWith("Using signature algorithm", line, StringComparison.Ordinal)
        );
        return result.Out;
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
