using System.Text;
using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>The ceremonies as docs/operations tells them: every line of shell, run as it stands there, one page after the other.</summary>
public sealed class OperationsDocumentTests : IDisposable
{
    private static readonly string[] s_pages = ["root-ceremony.md", "lost-key.md"];

    private readonly TempDirectory _directory = new();

    [Fact]
    public async Task Every_line_of_the_ceremonies_works_as_it_stands_there()
    {
        Assert.SkipUnless(
            File.Exists(SoftToken.Module) && File.Exists("/usr/bin/pkcs11-tool"),
            "softhsm2 or opensc is not installed"
        );
        var script = new StringBuilder("set -e\nexport DOTNET_TieredPGO=0\nrepo-tools() {\n");
        script.Append(
            $"    '{Path.Combine(AppContext.BaseDirectory, "repo-tools")}' \"$@\"\n}}\ncd '{_directory.Path}'\n"
        );
        foreach (var page in s_pages)
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
        Assert.Contains("token-repo: root version 2 is published", result.Out, StringComparison.Ordinal);
        Assert.EndsWith("0 release(s) published, no draft\nEND OF lost-key.md\n", result.Out, StringComparison.Ordinal);
        // Root 5 by now, and everything signed by whom it names.
        Assert.Contains("repo: root version 5 is published", result.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("refuse this repository", result.Out, StringComparison.Ordinal);
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
