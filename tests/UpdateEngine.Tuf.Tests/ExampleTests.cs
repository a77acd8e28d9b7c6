using Xunit;

namespace UpdateEngine.Tuf.Tests;

/// <summary>docs/tuf-client.md: what it shows is a program that is built, and works.</summary>
public sealed class ExampleTests
{
    [Fact]
    public void The_page_shows_the_program_that_is_built()
    {
        var page = File.ReadAllText(Path.Join(BuiltProgram.Checkout, "docs/tuf-client.md"));
        var program = File.ReadAllText(Path.Join(BuiltProgram.Checkout, "docs/examples/tuf-client/Program.cs"));
        Assert.Contains($"```csharp\n{program.TrimEnd()}\n```", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_program_downloads_a_target_and_believes_no_other_bytes()
    {
        using var directory = new TemporaryDirectory();
        var repository = new RepositorySimulator(TimeProvider.System.GetUtcNow());
        repository.AddTarget("dir/image", "content"u8.ToArray());
        repository.PublishNext();
        File.WriteAllBytes(directory["root.json"], repository.TrustAnchor);
        using var server = new SimulatorServer(repository);
        var (exitCode, error) = await RunAsync(directory, server, "dir/image");
        Assert.True(exitCode == 0, error);
        Assert.Equal("content", File.ReadAllText(directory["image"]));
        Assert.DoesNotContain(directory.Files(), file => file.EndsWith(".part", StringComparison.Ordinal));

        File.Delete(directory["image"]);
        var file = repository.Files.Keys.Single(name => name.EndsWith(".image", StringComparison.Ordinal));
        repository.Files[file] = "CONTENT"u8.ToArray();
        server.Publish(repository);
        (exitCode, error) = await RunAsync(directory, server, "dir/image");
        Assert.NotEqual(0, exitCode);
        Assert.Contains(nameof(LengthOrDigestMismatchException), error, StringComparison.Ordinal);
        Assert.False(File.Exists(directory["image"]));
        Assert.NotEqual(0, (await RunAsync(directory, server, "dir/missing")).ExitCode);
    }

    private static Task<(int ExitCode, string Error)> RunAsync(
        TemporaryDirectory directory,
        SimulatorServer server,
        string target
    ) => BuiltProgram.RunAsync(BuiltProgram.Example, directory.Path, server.Url, target);
}
