using System.Runtime.CompilerServices;
using UpdateEngine.Updates;

namespace UpdateEngine.Tests;

/// <summary>The walls of the house.</summary>
public sealed class ArchitectureTests
{
    [Fact]
    public void The_tuf_library_knows_nothing_of_the_engine() =>
        Assert.DoesNotContain(
            typeof(Tuf.TargetName).Assembly.GetReferencedAssemblies(),
            a => a.Name!.StartsWith("UpdateEngine", StringComparison.Ordinal)
        );

    [Fact]
    public void The_engine_knows_no_command_line_and_no_console_library()
    {
        var references = typeof(Updater).Assembly.GetReferencedAssemblies().Select(a => a.Name!).ToList();
        Assert.DoesNotContain(
            references,
            n => n is "System.CommandLine" or "System.Console" || n.StartsWith("Spectre", StringComparison.Ordinal)
        );
        Assert.Equal(
            ["UpdateEngine.Tuf"],
            references.Where(n =>
                !n.StartsWith("System.", StringComparison.Ordinal)
                && !n.StartsWith("Microsoft.", StringComparison.Ordinal)
            )
        );
    }

    [Theory]
    [InlineData("State", "Releases,Configuration,Disks,Boot,Images,Health,Updates")]
    [InlineData("Releases", "Configuration,Disks,Boot,Images,Health,Updates")]
    [InlineData("Disks", "Boot,Images,Health,Updates,Releases,State,Configuration")]
    [InlineData("Boot", "Images,Health,Updates,Releases,State,Configuration")]
    [InlineData("Images", "Updates,Health,Configuration,Boot")]
    [InlineData("Health", "Updates,Images,Configuration,Boot")]
    [InlineData("Native", "Releases,Configuration,Disks,Boot,Images,Health,Updates,State")]
    public void A_folder_uses_nothing_of_those_above_it(string folder, string above)
    {
        var forbidden = above.Split(',').Select(f => $"using UpdateEngine.{f};").ToHashSet();
        foreach (var file in Directory.GetFiles(Path.Join(Source(), folder), "*.cs"))
        {
            Assert.DoesNotContain(File.ReadLines(file), forbidden.Contains);
        }
    }

    private static string Source([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Join(Path.GetDirectoryName(here), "../../src/UpdateEngine"));
}
