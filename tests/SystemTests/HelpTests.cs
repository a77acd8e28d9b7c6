using System.Text.RegularExpressions;

namespace SystemTests;

/// <summary>Help that is complete, and documents whose commands exist.</summary>
public sealed partial class HelpTests
{
    [Theory]
    [InlineData("", "status check prepare activate cancel rollback confirm history deny --root --json")]
    [InlineData("status", "--root --json")]
    [InlineData("check", "--root --json")]
    [InlineData("prepare", "--pin --force --ignore-waves --root --json")]
    [InlineData("activate", "--root --json")]
    [InlineData("cancel", "--root --json")]
    [InlineData("rollback", "--reason --root --json")]
    [InlineData("confirm", "--root --json UPDATE_ENGINE_SLOT")]
    [InlineData("history", "--count --root --json")]
    [InlineData("deny", "list add remove --root --json")]
    [InlineData("deny list", "--root --json")]
    [InlineData("deny add", "VERSION --reason --root --json")]
    [InlineData("deny remove", "VERSION --root --json")]
    public async Task Every_command_of_updatectl_explains_itself(string command, string mentions)
    {
        var help = await HelpAsync(Programs.Updatectl, command);

        foreach (var word in mentions.Split(' '))
        {
            Assert.Contains(word, help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Every_command_of_repo_tools_explains_itself_with_examples()
    {
        foreach (var command in await CommandsAsync(Programs.RepoTools))
        {
            var help = await HelpAsync(Programs.RepoTools, command);
            Assert.True(
                help.Contains("Examples:", StringComparison.Ordinal)
                    || help.Contains("Commands:", StringComparison.Ordinal),
                $"repo-tools {command}"
            );
            Assert.Contains("--json", help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_command_with_an_alias_is_found_by_either_name() =>
        Assert.Equal(
            ["add", "list", "show", "remove"],
            Subcommands(
                """
                Commands:
                  add <DIR>         Delegate.
                  list, show <DIR>  Print who delegates to whom.
                  remove <DIR>      Take trust away, of targets, for example.

                """
            )
        );

    [Fact]
    public async Task The_daemon_explains_itself()
    {
        var help = await HelpAsync(Programs.Daemon, "");

        Assert.Contains("--root", help, StringComparison.Ordinal);
        Assert.Contains("api.sock", help, StringComparison.Ordinal);
    }

    public static TheoryData<string> Documents =>
        [
            .. Directory
                .GetFiles(Programs.Repository, "*.md", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Programs.Repository, path))
                .Where(path => !path.Contains("/bin/", StringComparison.Ordinal))
                .Where(path => !path.StartsWith("artifacts/", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];

    [Theory]
    [MemberData(nameof(Documents))]
    public async Task Every_command_and_option_that_a_document_shows_exists(string document)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Programs.Repository, document));
        foreach (Match shown in CommandLine().Matches(text.Replace("\\\n", " ", StringComparison.Ordinal)))
        {
            var program = shown.Groups["program"].Value == "updatectl" ? Programs.Updatectl : Programs.RepoTools;
            var words = shown.Groups["rest"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var command = string.Join(' ', await CommandOfAsync(program, words));
            var help = await HelpAsync(program, command);
            foreach (var option in words.Where(w => Option().IsMatch(w)).Select(w => Option().Match(w).Value))
            {
                Assert.True(
                    Regex.IsMatch(
                        help,
                        $@"(^|[\s,]){Regex.Escape(option)}\b",
                        RegexOptions.ExplicitCapture,
                        TimeSpan.FromSeconds(1)
                    ),
                    $"{document} shows `{shown.Value}`, but `{command}` has no option {option}"
                );
            }
        }
    }

    private static readonly Dictionary<string, Task<string>> s_help = [];

    private static Task<string> HelpAsync(string program, string command)
    {
        lock (s_help)
        {
            var key = $"{program} {command}";
            return s_help.TryGetValue(key, out var known) ? known : s_help[key] = RunAsync();
        }

        async Task<string> RunAsync()
        {
            string[] args = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"];
            var help = (await RunningProgram.RunAsync(program, args)).Expect(0);
            Assert.Empty(help.Error);
            return help.Out;
        }
    }

    /// <summary>The words that are commands, by what the help of each level lists.</summary>
    private static async Task<IReadOnlyList<string>> CommandOfAsync(string program, string[] words)
    {
        var found = new List<string>();
        for (var i = 0; i < words.Length; i++)
        {
            // `updatectl --root host status`: the value of a global option is no command.
            if (words[i] == "--root")
            {
                i++;
                continue;
            }

            var below = Subcommands(await HelpAsync(program, string.Join(' ', found)));
            if (below.Contains(words[i]))
            {
                found.Add(words[i]);
                continue;
            }

            Assert.True(
                below.Count == 0
                    || words[i].StartsWith('-')
                    || words[i].StartsWith("COMMAND", StringComparison.Ordinal),
                $"`{Path.GetFileName(program)} {string.Join(' ', words)}`: there is no command {words[i]}"
            );
        }

        return found;
    }

    private static async Task<IReadOnlyList<string>> CommandsAsync(string program)
    {
        var all = new List<string>();
        var open = new Queue<string>([""]);
        while (open.TryDequeue(out var command))
        {
            foreach (var below in Subcommands(await HelpAsync(program, command)))
            {
                all.Add($"{command} {below}".Trim());
                open.Enqueue(all[^1]);
            }
        }

        return all;
    }

    private static HashSet<string> Subcommands(string help)
    {
        var start = help.IndexOf("Commands:\n", StringComparison.Ordinal);
        return start < 0
            ? []
            :
            [
                .. help[start..]
                    .Split('\n')
                    .Skip(1)
                    .TakeWhile(l => l.StartsWith("  ", StringComparison.Ordinal))
                    .SelectMany(NamesOf),
            ];
    }

    /// <summary>"  list, show <DIR>  Print ..." is one command with two names.</summary>
    private static IEnumerable<string> NamesOf(string line)
    {
        foreach (var word in line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            yield return word.TrimEnd(',');
            if (!word.EndsWith(','))
            {
                yield break;
            }
        }
    }

    // In a block of shell, or between backticks.
    [GeneratedRegex(
        @"(?<=^|`|\$ )(?<program>updatectl|repo-tools) (?<rest>[^`\n|&;#>]*)",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1000
    )]
    private static partial Regex CommandLine();

    [GeneratedRegex("^--[a-z][a-z0-9-]*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Option();
}
