using System.CommandLine;
using System.Text.Json.Serialization.Metadata;

namespace UpdateEngine.Terminal;

/// <summary>What a command says when it is done: text for people, or with --json one document, on standard output.</summary>
internal static class Answer
{
    public static int Print<T>(ParseResult args, T document, JsonTypeInfo<T> type, string text)
    {
        if (CommandHost.IsJson(args))
        {
            JsonText.Print(document, type);
        }
        else
        {
            Console.Out.WriteLine(text.TrimEnd('\n'));
        }

        return (int)ExitCode.Done;
    }

    /// <summary>Something that a person should know, beside the answer: on standard error.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);
}
