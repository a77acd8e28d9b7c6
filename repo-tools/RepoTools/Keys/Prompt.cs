using System.Text;
using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>Questions whose answers are not shown.</summary>
internal static class Prompt
{
    public static bool IsPossible => !Console.IsInputRedirected;

    /// <summary>Reads a line from the terminal without an echo. The question goes to standard error, so that --json stays one document.</summary>
    public static string AskSecret(string question)
    {
        Console.Error.Write(question);
        // A read of the terminal can't be cancelled from outside: Ctrl-C has to arrive as a key.
        var before = Console.TreatControlCAsInput;
        Console.TreatControlCAsInput = true;
        try
        {
            return ReadLine();
        }
        finally
        {
            Console.TreatControlCAsInput = before;
            Console.Error.WriteLine();
        }
    }

    private static string ReadLine()
    {
        var line = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            if (key is { Key: ConsoleKey.C, Modifiers: ConsoleModifiers.Control })
            {
                throw new UpdateException(ErrorCodes.Interrupted, "Stopped; nothing was written.");
            }

            if (key.Key is ConsoleKey.Enter)
            {
                return line.ToString();
            }

            if (key.Key is ConsoleKey.Backspace)
            {
                line.Length = Math.Max(0, line.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                line.Append(key.KeyChar);
            }
        }
    }
}
