using System.CommandLine;
using UpdateEngine.Terminal;

namespace RepoTools.Commands;

/// <summary>One command of repo-tools: its options, its examples, and what it does.</summary>
internal abstract class ToolCommand : Command, IHasExamples
{
    protected ToolCommand(string name, string description, string examples)
        : base(name, description)
    {
        Examples = examples;
        SetAction(RunAsync);
    }

    public string Examples { get; }

    protected void Add(params IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            Options.Add(option);
        }
    }

    protected abstract Task<int> RunAsync(ParseResult args, CancellationToken cancel);
}

/// <summary>A word that only groups commands: <c>key</c>, <c>root</c>, <c>release</c>.</summary>
internal sealed class CommandGroup : Command
{
    public CommandGroup(string name, string description, params Command[] commands)
        : base(name, description)
    {
        foreach (var command in commands)
        {
            Add(command);
        }
    }
}
