using System.CommandLine;
using RepoTools.Commands;
using RepoTools.Tests.Simulators;
using UpdateEngine.Terminal;
using Xunit;

namespace RepoTools.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands =>
        [.. All(Tree()).Where(c => c.Command is ToolCommand).Select(c => c.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_explains_itself_with_examples(string path)
    {
        var help = await Tool.RunAsync(TimeProvider.System, [.. path.Split(' '), "--help"]);

        Assert.Equal(0, help.Code);
        Assert.Contains("Examples:", help.Out, StringComparison.Ordinal);
        Assert.Contains($"repo-tools {path}", help.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_command_option_and_argument_has_a_description()
    {
        foreach (var (path, command) in All(Tree()))
        {
            Assert.False(string.IsNullOrEmpty(command.Description), path);
            Assert.All(command.Options, o => Assert.False(string.IsNullOrEmpty(o.Description), $"{path} {o.Name}"));
            Assert.All(command.Arguments, a => Assert.False(string.IsNullOrEmpty(a.Description), $"{path} {a.Name}"));
        }
    }

    [Fact]
    public void Every_example_is_a_command_line_that_parses()
    {
        var examples = All(Tree()).Select(c => c.Command).OfType<ToolCommand>().SelectMany(c => c.Examples.Split('\n'));
        AssertParses(examples);
    }

    [Fact]
    public void Every_command_line_of_the_readme_parses()
    {
        var readme = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "README.md"));
        var lines = string.Join('\n', readme)
            .Replace("\\\n", " ", StringComparison.Ordinal)
            .Split('\n')
            .Select(l => l.TrimEnd(' ', '&'))
            .ToArray();

        Assert.True(lines.Count(l => l.StartsWith("repo-tools ", StringComparison.Ordinal)) > 10);
        AssertParses(lines);
    }

    [Fact]
    public async Task A_wrong_command_line_is_one_sentence_with_the_next_step()
    {
        var result = await Tool.RunAsync(TimeProvider.System, "release", "add", "repo");

        Assert.Equal(64, result.Code);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Contains("release add --help", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_one_json_document_where_json_is_asked_for()
    {
        var result = await Tool.RunAsync(TimeProvider.System, "status", "/nonexistent", "--json");

        Assert.Equal(66, result.Code);
        Assert.Equal("repository-missing", result.Json.GetProperty("error").GetProperty("code").GetString());
    }

    [Fact]
    public void A_command_tree_shares_nothing_with_another()
    {
        static IEnumerable<Symbol> Symbols() =>
            All(Tree()).SelectMany(c => c.Command.Options.Concat<Symbol>(c.Command.Arguments)).Concat(Tree().Options);

        // A shared option keeps every tree that it was ever in.
        Assert.Empty(Symbols().Intersect(Symbols()).Select(s => s.Name));
    }

    private static void AssertParses(IEnumerable<string> lines)
    {
        foreach (var line in lines.Where(l => l.StartsWith("repo-tools ", StringComparison.Ordinal)))
        {
            Assert.True(Tree().Parse(line["repo-tools ".Length..]).Errors is [], line);
        }
    }

    internal static RootCommand Tree()
    {
        var tree = CommandTree.Build(TimeProvider.System);
        tree.Options.Add(CommandHost.NewJsonOption());
        return tree;
    }

    /// <summary>Every command that does something.</summary>
    internal static IEnumerable<(string Path, ToolCommand Command)> Leaves() =>
        from c in All(Tree())
        where c.Command is ToolCommand
        select (c.Path, (ToolCommand)c.Command);

    private static IEnumerable<(string Path, Command Command)> All(Command command, string path = "") =>
        command.Subcommands.SelectMany(c =>
        {
            var below = $"{path} {c.Name}".Trim();
            return All(c, below).Prepend((below, c));
        });
}
