using RepoTools.Tests.Simulators;
using Xunit;

namespace RepoTools.Tests;

public sealed class CompletionTests
{
    [Theory]
    [InlineData("repo-tools rel", "release")]
    [InlineData("repo-tools release re", "recall remove restore resume")]
    [InlineData("repo-tools waves shift repo --f", "--force")]
    [InlineData("repo-tools release add repo --compress ", "lz4 zstd")]
    public async Task The_script_completes_commands_and_options_in_bash(string line, string words)
    {
        using var directory = new TempDirectory();
        var script = (await Tool.RunAsync(TimeProvider.System, "completion", "bash")).Out;
        File.WriteAllText(directory.Of("completion"), script);
        // What bash does when Tab is pressed at the end of the line.
        File.WriteAllText(
            directory.Of("press-tab"),
            """
            repo-tools() { dotnet "$PROGRAM" "$@"; }
            source "$1"
            COMP_LINE=$2 COMP_POINT=${#2}
            read -ra COMP_WORDS <<< "$2"
            [[ $2 == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _repo_tools
            printf '%s\n' "${COMPREPLY[@]}"
            """
        );
        var program = Path.Combine(AppContext.BaseDirectory, "repo-tools.dll");

        var pressed = await Tool.WitnessAsync(
            "env",
            $"PROGRAM={program}",
            "bash",
            directory.Of("press-tab"),
            directory.Of("completion"),
            line
        );

        Assert.Empty(pressed.Error);
        var offered = pressed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Subset(offered.ToHashSet(), words.Split(' ').ToHashSet());
        var last = line.Split(' ')[^1];
        Assert.All(offered, word => Assert.StartsWith(last, word, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_shell_that_is_not_known_is_a_wrong_use() =>
        Assert.Equal(64, (await Tool.RunAsync(TimeProvider.System, "completion", "csh")).Code);
}
