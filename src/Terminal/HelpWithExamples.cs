using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace UpdateEngine.Terminal;

/// <summary>A command whose help ends with command lines that work.</summary>
internal interface IHasExamples
{
    /// <summary>One command line a line; lines that begin with "#" explain the next.</summary>
    string Examples { get; }
}

/// <summary>The usual help, and below it the examples of the command.</summary>
internal sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    public override bool ClearsParseErrors => true;

    public static void Install(RootCommand root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = usual.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples { Examples: { Length: > 0 } examples })
        {
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in examples.Split('\n'))
            {
                output.WriteLine($"  {line}".TrimEnd());
            }

            output.WriteLine();
        }
        return code;
    }
}
