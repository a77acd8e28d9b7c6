using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

/// <summary>The real program, whose standard output or error goes where nothing more fits, or is closed.</summary>
public sealed class FullOutputTests
{
    [Theory]
    [InlineData("> /dev/full")]
    [InlineData("--json > /dev/full")]
    [InlineData(">&-")]
    public async Task An_answer_that_cannot_be_written_is_one_sentence(string end)
    {
        using var directory = new TempDirectory();

        var result = await Tool.WitnessAsync("sh", "-c", $"{Tool.Program} key show {directory.Key("k.pem")} {end}");

        Assert.Equal(73, result.Code);
        Assert.StartsWith("The answer could not be written to standard output", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2> /dev/full")]
    [InlineData("2>&-")]
    [InlineData("--json > /dev/full 2> /dev/full")]
    public async Task A_refusal_that_cannot_be_written_keeps_its_exit_code(string end)
    {
        var result = await Tool.WitnessAsync("sh", "-c", $"{Tool.Program} key show /nonexistent {end}");

        Assert.Equal(66, result.Code);
    }
}
