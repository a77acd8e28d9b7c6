using System.Text;
using UpdateEngine;

namespace RepoTools.Keys;

/// <summary>A command line without a shell: blanks separate words, single or double quotes hold them together, nothing else means anything.</summary>
internal static class CommandWords
{
    public static IEnumerable<string> Split(string command)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, started) = ('\0', false);
        foreach (var c in command)
        {
            if (quote != '\0' ? c == quote : c is '"' or '\'')
            {
                quote = quote == '\0' ? c : '\0';
                // An empty pair of quotes is a word too.
                started = true;
            }
            else if (quote == '\0' && c == ' ')
            {
                Take();
            }
            else
            {
                word.Append(c);
                started = true;
            }
        }

        Take();
        return quote == '\0'
            ? words
            : throw new UpdateException(ErrorCodes.Usage, $"\"{command}\" has a quote without its other half.");

        void Take()
        {
            if (started)
            {
                words.Add(word.ToString());
            }

            (started, _) = (false, word.Clear());
        }
    }
}
