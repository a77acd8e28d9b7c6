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
        File.WriteAllText(directory.Of("completion"), await ScriptAsync("bash"));
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
        var pressed = await Tool.WitnessAsync(
            "env",
            $"PROGRAM={s_program}",
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

    [Theory]
    [InlineData("repo-tools rel", "release")]
    [InlineData("repo-tools release re", "recall remove restore resume")]
    [InlineData("repo-tools waves shift repo --f", "--force")]
    [InlineData("repo-tools release add repo --compress ", "lz4 zstd")]
    public async Task The_script_completes_commands_and_options_in_zsh(string line, string words)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/zsh"), "zsh is not installed");
        using var directory = new TempDirectory();
        File.WriteAllText(directory.Of("_repo-tools"), await ScriptAsync("zsh"));

        // A shell on a terminal of its own, in which Tab is pressed.
        var pressed = await Tool.WitnessAsync(
            "env",
            $"PROGRAM={s_program}",
            "zsh",
            "-f",
            Path.Combine(AppContext.BaseDirectory, "press-tab.zsh"),
            directory.Of("_repo-tools"),
            line
        );

        Assert.Equal(words.Split(' '), pressed.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("repo-tools rel", "release")]
    [InlineData("repo-tools release re", "recall remove restore resume")]
    [InlineData("repo-tools waves shift repo --f", "--force")]
    [InlineData("repo-tools release add repo --compress ", "lz4 zstd")]
    public async Task The_script_completes_commands_and_options_in_fish(string line, string words)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/fish"), "fish is not installed");
        using var directory = new TempDirectory();
        Directory.CreateDirectory(directory.Of("empty"));
        File.WriteAllText(directory.Of("completion"), await ScriptAsync("fish"));

        var asked = await Tool.WitnessAsync(
            "env",
            $"HOME={directory.Path}",
            "fish",
            "--no-config",
            "-c",
            $"cd {directory.Of("empty")}; function repo-tools; dotnet {s_program} $argv; end; source {directory.Of("completion")}; complete -C '{line}'"
        );

        Assert.Empty(asked.Error);
        Assert.Equal(words.Split(' '), asked.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "repo-tools.dll");

    private static async Task<string> ScriptAsync(string shell) =>
        (await Tool.RunAsync(TimeProvider.System, "completion", shell)).Out;

    [Fact]
    public async Task A_shell_that_is_not_known_is_a_wrong_use() =>
        Assert.Equal(64, (await Tool.RunAsync(TimeProvider.System, "completion", "csh")).Code);
}
