using System.Text.Json.Nodes;
using System.Xml.Linq;
using UpdateEngine.Tuf.Client;
using Xunit;

namespace UpdateEngine.Tuf.Tests;

public sealed class WallTests
{
    [Fact]
    public void The_library_stands_alone()
    {
        var references = typeof(TufClient).Assembly.GetReferencedAssemblies().Select(a => a.Name!);
        Assert.DoesNotContain(
            references,
            name => !name.StartsWith("System", StringComparison.Ordinal) && name is not "Polly.Core"
        );
    }

    [Fact]
    public void A_program_that_uses_it_ships_with_it_and_polly_core_alone()
    {
        var dependencies = JsonNode.Parse(File.ReadAllText(BuiltProgram.Example + ".deps.json"))!;
        var libraries = dependencies["libraries"]!.AsObject().Select(library => library.Key.Split('/')[0]);
        Assert.Equal(["Polly.Core", "UpdateEngine.Tuf", "tuf-client-example"], libraries.Order(StringComparer.Ordinal));
        var files = Directory.EnumerateFiles(Path.GetDirectoryName(BuiltProgram.Example)!, "*.dll");
        Assert.Equal(3, files.Count());
    }

    [Fact]
    public void Its_project_names_no_other_project_and_no_framework_beyond_the_runtime()
    {
        var project = XDocument.Load(Path.Join(BuiltProgram.Checkout, "src/UpdateEngine.Tuf/UpdateEngine.Tuf.csproj"));
        Assert.Equal("Microsoft.NET.Sdk", project.Root!.Attribute("Sdk")!.Value);
        Assert.Empty(project.Descendants("ProjectReference"));
        Assert.Empty(project.Descendants("FrameworkReference"));
        Assert.Equal(
            ["Polly.Core"],
            project.Descendants("PackageReference").Select(p => p.Attribute("Include")!.Value)
        );
    }
}
