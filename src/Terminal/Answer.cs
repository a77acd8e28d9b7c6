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
            Write(text.TrimEnd('\n'));
        }

        return (int)ExitCode.Done;
    }

    /// <summary>A full disk or a closed file in the place of standard output is told as that, because the work itself is done by now.</summary>
    /// <exception cref="UpdateException"><see cref="ErrorCodes.InputOutput"/>.</exception>
    public static void Write(string text)
    {
        try
        {
            Console.Out.WriteLine(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UpdateException(
                ErrorCodes.InputOutput,
                $"The answer could not be written to standard output: {e.Message.TrimEnd('.')}.",
                "What the command did stands; look at the result before you run it again.",
                e
            );
        }
    }

    /// <summary>Something that a person should know, beside the answer: on standard error.</summary>
    public static void Note(string text) => Console.Error.WriteLine(text);
}
